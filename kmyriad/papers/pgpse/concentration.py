"""PGPSE, Theorem 4.1: how fast the entropy of n samples settles, for one agent and specialised ones (De Paola et al., 2025)."""

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kmyriad.figures.draw import NOTE_SIZE, colours, wrapped
from kmyriad.gridworld import world
from kmyriad.gridworld.concentration import tails
from kmyriad.jobs.pictures import drawing_stage
from kmyriad.settings.gridworld import TheoremJob


def draw(numbers: pd.DataFrame, note: str) -> Figure:
    """Return the figure of `numbers`, the rows of `kmyriad.gridworld.concentration.tails`, with `note` below.

    Left: what the entropy of n samples lacks, in units of the first-order bias of one agent's, with 95 % intervals of the mean.
    Right: how often it lacks more than eps, and the bound, cut at 1.
    """
    figure, (lack, tail) = plt.subplots(1, 2, figsize=(7.6, 3.4))
    _draw_lack(lack, numbers)
    _draw_tail(tail, numbers)
    figure.legend(*lack.get_legend_handles_labels(), loc="upper center", ncols=2, fontsize=7)
    below = wrapped(note, figure)
    figure.text(0.5, 0.01, below, ha="center", va="bottom", fontsize=NOTE_SIZE, color="0.35")
    figure.tight_layout(rect=(0, 0.04 + 0.03 * (below.count("\n") + 1), 1, 0.88), w_pad=2)
    return figure


def _draw_lack(axes: Axes, numbers: pd.DataFrame) -> None:
    for agents, colour in colours(sorted(numbers["agents"].unique())).items():
        own = numbers[numbers["agents"] == agents]
        wide = own.pivot_table(index="n", columns="quantity", values="value").dropna()
        label = f"{'1 agent' if agents == 1 else f'{agents} agents'}, own entropy {own['entropy'].iloc[0]:.2f} nats"
        interval = 1.96 * wide["error"] / wide["bias"]
        axes.errorbar(wide.index, wide["mean"] / wide["bias"], interval, color=colour, label=label, marker="o", markersize=3)
    axes.axhline(1, color="0.3", linestyle=":")
    axes.set(xscale="log", xlabel="samples n of all agents", ylabel="mean lack / ((cells - 1) / (2 n) nats)")
    axes.set_title("what the entropy of n samples lacks")


def _draw_tail(axes: Axes, numbers: pd.DataFrame) -> None:
    look = dict(hue="agents", palette=colours(sorted(numbers["agents"].unique())), dashes={"tail": "", "bound": (4, 1.5)})
    curves = numbers[numbers["quantity"].isin(["tail", "bound"])].assign(value=lambda rows: rows["value"].clip(upper=1))
    sns.lineplot(curves, x="n", y="value", style="quantity", estimator=None, legend=False, ax=axes, **look)
    eps = numbers["eps"].iloc[0]
    axes.set(xscale="log", xlabel="samples n of all agents", ylabel=f"P(lack > {eps:g} nats)", ylim=(-0.03, 1.05))
    axes.set_title("measured (solid) and bound (dashed)")


def pgpse_concentration(job: TheoremJob) -> tuple[Figure, pd.DataFrame]:
    """Draw samples for each number of agents and draw how often their entropy is off, beside the bound."""
    numbers = pd.DataFrame(tails(world(job.world), agents=job.agents, seed=job.seeds[0]))
    return draw(numbers, job.note), numbers


main = drawing_stage(pgpse_concentration, None, TheoremJob)

if __name__ == "__main__":
    main()
