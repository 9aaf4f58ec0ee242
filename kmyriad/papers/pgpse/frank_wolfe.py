"""PGPSE, Theorem A.2: what N agents do to the rate of Frank-Wolfe (Algorithm 2 of De Paola et al., 2025)."""

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator

from kmyriad.figures.draw import NOTE_SIZE, colours, wrapped
from kmyriad.gridworld import world
from kmyriad.gridworld.frank_wolfe_rates import rates
from kmyriad.jobs.pictures import drawing_stage
from kmyriad.settings.gridworld import TheoremJob

_REACH = {
    "theorem": ("N agents, theorem's step", "#0072B2", "o-"),
    "one agent": ("1 agent, that same step", "#E69F00", "x"),
    "fixed": ("N agents, step {step:g}", "#009E73", "s-"),
    "fixed sampled": ("the same, sampled oracles", "#CC79A7", "^-"),
}
_LEFT = {"exact": ("exact oracles", "#009E73", "s-"), "sampled": ("sampled oracles", "#CC79A7", "^-")}


def draw(numbers: pd.DataFrame, note: str) -> Figure:
    """Return the figure of `numbers`, the rows of `kmyriad.gridworld.frank_wolfe_rates.rates`, with `note` below.

    Left: gap in entropy against iterations at the theorem's step, and its bound. Middle: iterations to a gap of epsilon against
    the number of agents. Right: the gap that a long constant step leaves. Means over the seeds.
    """
    figure, (curves, reach, left) = plt.subplots(1, 3, figsize=(9.6, 3.5))
    _draw_curves(curves, numbers)
    _draw_reach(reach, numbers[numbers["quantity"] == "reach"])
    _draw_left(left, numbers[numbers["quantity"] == "left"])
    below = wrapped(note, figure)
    figure.text(0.5, 0.01, below, ha="center", va="bottom", fontsize=NOTE_SIZE, color="0.35")
    figure.tight_layout(rect=(0, 0.04 + 0.03 * (below.count("\n") + 1), 1, 1), w_pad=2)
    return figure


def _draw_curves(axes: Axes, numbers: pd.DataFrame) -> None:
    palette = colours(sorted(numbers["agents"].unique()))
    curves = numbers[numbers["quantity"].isin(["gap", "bound"])]
    look = dict(hue="agents", palette=palette, style="quantity", dashes={"gap": "", "bound": (4, 1.5)})
    sns.lineplot(curves, x="iteration", y="value", estimator=None, legend=False, ax=axes, **look)
    epsilon = numbers.loc[numbers["quantity"] == "reach", "value"].iloc[0]
    axes.axhline(epsilon, color="0.5", linestyle=":", linewidth=1)
    axes.text(13, epsilon * 0.93, f"$\\epsilon$ = {epsilon:g} nats", color="0.35", va="top", fontsize=7)
    axes.set(
        xscale="log",
        yscale="log",
        xlim=(10, None),
        ylim=(1e-3, None),
        xlabel="iterations",
        ylabel="gap in smoothed entropy (nats)",
    )
    axes.set_title("the theorem's step, exact oracles")
    keys = [Line2D([], [], color=colour, label=f"N = {agents}") for agents, colour in palette.items()]
    keys += [Line2D([], [], color="0.3", label="measured"), Line2D([], [], color="0.3", linestyle="--", label="bound")]
    axes.legend(handles=keys, fontsize=7, loc="lower left")


def _draw_reach(axes: Axes, reach: pd.DataFrame) -> None:
    for name, (label, colour, style) in _REACH.items():
        series = reach[(reach["series"] == name) & (reach["iteration"] >= 0)].groupby("agents")[["iteration", "eta"]].mean()
        size = 9 if name == "one agent" else 5
        label = label.format(step=series["eta"].iloc[0])
        axes.plot(series.index, series["iteration"], style, color=colour, label=label, markersize=size, markeredgewidth=1.5)
    first = reach[(reach["series"] == "theorem")].sort_values("agents").iloc[0]
    _reference(axes, reach, first["agents"] * first["iteration"] * 2, "$\\propto$ 1/N")
    axes.set(ylabel=f"iterations to a gap of {first['value']:g} nats", title="iterations needed")
    axes.legend(fontsize=7, loc="center left", bbox_to_anchor=(0, 0.42))


def _draw_left(axes: Axes, left: pd.DataFrame) -> None:
    for name, (label, colour, style) in _LEFT.items():
        series = left[left["series"] == name].groupby("agents")["value"].mean()
        axes.plot(series.index, series, style, color=colour, label=label, markersize=5)
    first = left[left["series"] == "sampled"].groupby("agents")["value"].mean()
    _reference(axes, left, first.index[0] * first.iloc[0], "$\\propto$ 1/N")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set(ylabel="gap left (nats)", title=f"constant step {left['eta'].iloc[0]:g}")
    axes.legend(fontsize=7, loc="lower left")


def _reference(axes: Axes, data: pd.DataFrame, scale: float, label: str) -> None:
    """Draw scale / N, and give both axes logarithmic scales with the numbers of agents as ticks."""
    agents = sorted(data["agents"].unique())
    axes.plot(agents, [scale / number for number in agents], color="0.4", linestyle=":", label=label)
    axes.set(xscale="log", yscale="log", xlabel="agents N")
    axes.set_xticks(agents, labels=map(str, agents))
    axes.minorticks_off()


def pgpse_frank_wolfe(job: TheoremJob) -> tuple[Figure, pd.DataFrame]:
    """Run Algorithm 2 with each number of agents and draw the gap to the greatest entropy."""
    numbers = pd.DataFrame(rates(world(job.world), agents=job.agents, seeds=job.seeds))
    return draw(numbers, job.note), numbers


main = drawing_stage(pgpse_frank_wolfe, None, TheoremJob)

if __name__ == "__main__":
    main()
