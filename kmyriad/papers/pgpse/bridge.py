"""The bridge: K-Myriad's k-NN objective on a continuous grid world, beside PGPSE's tables on the same map."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
import torch
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from kmyriad.envs.gridworld import states_of
from kmyriad.figures.draw import NOTE_SIZE, legend_above, look_of, wrapped
from kmyriad.gridworld import World, coverage, occupancy, probabilities, sample, visited, world
from kmyriad.jobs.pictures import drawing_stage
from kmyriad.jobs.runs import GRIDWORLDS, PRETRAINED, of_stage
from kmyriad.settings import BridgeJob
from kmyriad.settings.gridworld import ARMS
from kmyriad.stages.gridworld_train import load_theta
from kmyriad.stages.visit import load_particles
from kmyriad.statistics.intervals import mean_intervals

METHODS = {"PGPSE": "#0072B2", "PGPSE, infinite trials": "#009E73", "K-Myriad": "#D55E00"}
"""Colours."""
_AGENTS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
MEASURES = {"entropy": "entropy of m trajectories", "mixture": "entropy of the mixture", "divergence": "mean KL from the mixture"}


def summarise(table: pd.DataFrame) -> pd.DataFrame:
    """Return mean, n, low, high over seeds of each measure by method, arm and agents; `table` has one row a run."""
    by = ["method", "arm", "agents"]
    tables = [mean_intervals(table, by, measure).assign(measure=measure) for measure in (*MEASURES, "individual", "support")]
    return pd.concat(tables, ignore_index=True)


def draw(table: pd.DataFrame, maps: dict[str, np.ndarray], walls: np.ndarray, note: str) -> Figure:
    """Return curves of `table` (see `summarise`) above a map of who visits what for each method of `maps`.

    maps: [agents, rows, columns], each agent's share of visits; walls: [rows, columns], bool.
    """
    figure = plt.figure(figsize=(7.2, 4.6), layout="constrained")
    upper, lower = figure.subfigures(2, 1, squeeze=False, height_ratios=(1.25, 1))[:, 0]
    table = table.assign(curve=table["method"] + ", " + table["arm"])
    names = {f"{method}, {arm}": colour for method, colour in METHODS.items() for arm in ARMS}
    palette = {name: colour for name, colour in names.items() if name in set(table["curve"])}
    look = look_of(palette, dashed=[name for name in palette if name.endswith("single")])
    for axes, (measure, label) in zip(upper.subplots(1, len(MEASURES)), MEASURES.items(), strict=True):
        sns.lineplot(table, x="agents", y=measure, marker="o", markersize=4, ax=axes, **look)
        axes.set(title=label, xlabel="agents m", ylabel="", xticks=sorted(table["agents"].unique()))
    upper.axes[0].set_ylabel("share of log(free cells)")
    legend_above(upper, columns=3)
    for axes, (method, shares) in zip(np.atleast_1d(lower.subplots(1, len(maps))), maps.items(), strict=True):
        _territories(axes, shares, walls, f"{method}, {len(shares)} agents")
    lower.supxlabel(wrapped(note, figure), fontsize=NOTE_SIZE, color="0.35")
    return figure


def _territories(axes: Axes, shares: np.ndarray, walls: np.ndarray, title: str) -> None:
    """Colour each cell by the agents that visit it, in proportion, and the paler the less it is visited."""
    palette = np.array([to_rgb(_AGENTS[agent % len(_AGENTS)]) for agent in range(len(shares))])
    total = shares.sum(0)
    mixed = np.einsum("arc,ak->rck", shares, palette) / np.maximum(total, 1e-12)[..., None]
    strength = (total / total.max())[..., None] ** 0.4
    picture = np.where(walls[..., None], 0.25, 1 + strength * (mixed - 1))
    axes.imshow(picture, interpolation="nearest")
    axes.set_title(title)
    axes.set_axis_off()


Row = dict[str, object]


def pgpse_bridge(job: BridgeJob, files: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Compare the visits of K-Myriad's heads (of the stage visit) with PGPSE's tables (gridworld_train), among `files`."""
    visits, policies = of_stage(files, "visit"), of_stage(files, "gridworld_train")
    place = world(job.world)
    rows = [row for file in visits for row in _of_heads(place, Path(file), job.agents)]
    rows += [row for file in policies for row in _of_tables(place, Path(file), job)]
    table = pd.DataFrame(rows)
    walls = np.array([[letter == "-" for letter in line] for line in place.rows])
    return draw(table, _maps(place, job, visits, policies), walls, job.note), summarise(table)


def _of_heads(place: World, file: Path, agents: tuple[int, ...]) -> list[Row]:
    """Return the rows of one policy: as many agents as it has heads, or, of one head, as many trajectories."""
    states = _head_states(place, file)
    key = {"method": "K-Myriad", "seed": PRETRAINED.of(file).seed}
    if len(states) > 1:
        return [_row(place, states, visited(place, states), key | {"arm": "parallel", "agents": len(states)})]
    pools = [(m, key | {"arm": "single", "agents": m}) for m in agents]
    return [_row(place, states, visited(place, states), to, m) for m, to in pools]


def _of_tables(place: World, file: Path, job: BridgeJob) -> list[Row]:
    """Return the rows of PGPSE's policies of all seeds in `file`."""
    trained = GRIDWORLDS.of(file)
    method = "PGPSE, infinite trials" if trained.variant == "infinite" else "PGPSE"
    rows = []
    for seed, policy in zip(job.seeds, probabilities(load_theta(file, place)), strict=True):
        generator = torch.Generator().manual_seed(seed)
        states = sample(place, policy, generator, job.visits // len(policy)).states
        key = {"method": method, "arm": trained.arm, "agents": trained.agents, "seed": seed}
        rows.append(_row(place, states, occupancy(place, policy), key, trained.agents // len(policy)))
    return rows


def _row(place: World, states: torch.Tensor, distributions: torch.Tensor, key: Row, trajectories: int = 1) -> Row:
    return key | coverage(place, states, distributions, trajectories)._asdict()


def _head_states(place: World, file: Path) -> torch.Tensor:
    """Return the cells [heads, n, horizon + 1] that each head's points visit, the start included."""
    particles, heads = load_particles(file)
    reached = states_of(place, particles[..., :2])
    states = torch.cat([torch.full_like(reached[:1], place.start), reached])
    return states.T.reshape(heads, -1, len(states))


def _maps(place: World, job: BridgeJob, visits: list[str], policies: list[str]) -> dict[str, np.ndarray]:
    """Return the shares [m, rows, columns] of the visits of `job.shown` agents, first seed, for each method."""
    shape = (job.shown, len(place.rows), place.columns)
    found = {}
    for file in policies:
        if GRIDWORLDS.of(file)[1:] == ("plain", job.shown, "parallel"):
            found["PGPSE"] = occupancy(place, probabilities(load_theta(file, place)[0])).reshape(shape).numpy()
    for file in visits:
        if PRETRAINED.of(file)[1:] == (job.shown, job.seeds[0]):
            found["K-Myriad"] = visited(place, _head_states(place, Path(file))).reshape(shape).numpy()
    return found


main = drawing_stage(pgpse_bridge, "what visit wrote for each of K-Myriad's runs, and gridworld_train for PGPSE's", BridgeJob)

if __name__ == "__main__":
    main()
