"""What N agents do together and each alone, the same measures whatever trained them."""

import math
from dataclasses import dataclass

import pandas as pd
from torch import Tensor

from kmyriad.envs.vec_env import VecEnv
from kmyriad.estimators import knn
from kmyriad.estimators.entropy import ball_log_volumes, entropy_of_log_volumes
from kmyriad.rollout import Purpose, Trajectory, play, random_seeds, sound_environments
from kmyriad.side_by_side.team import Team


@dataclass(frozen=True)
class Measures:
    """Of N agents; entropies are eq. 1 of K-Myriad, in nats, each of as many trajectories; NaN where nothing new is seen.

    acting: "sampled", or "mean": all trajectories of an agent are the same then, each counts once, and there is no `individual`;
    entropy: of the mixture, as many trajectories of each agent;
    individual: the mean of the agents' own;
    divergence: entropy - individual, the mean KL divergence of an agent from the mixture (0 to log N but for the estimate);
    distance: mean distance of the last state from the first, metres;
    cells: how many cells all agents' trajectories visit;
    redundancy: 1 - cells / the sum of what each visits alone: 0 where nobody goes where another one goes, 1 - 1/N where all
        go the same ways;
    frozen: trajectories left out because their simulation failed.
    """

    acting: str
    entropy: float
    individual: float | None
    divergence: float | None
    distance: float
    cells: int
    redundancy: float
    frozen: int


def measure(
    trajectory: Trajectory, agents: int, xy: list[int], k: int, together: int, cell: float, deterministic: bool = False
) -> Measures:
    """Return the measures of `trajectory`, agent i in the i-th block of its environments.

    `together` trajectories make up the mixture, as many of each agent; each agent alone has so many, or all it has if those are
    less. `xy` are the features that count, `cell` the side of a cell in metres.

    Raises:
        ValueError: all environments of an agent failed.
    """
    alive = sound_environments(trajectory.frozen, agents)
    points = trajectory.particles(xy)[:, alive].unflatten(1, (agents, -1))
    own = min(together, points.shape[2])
    each = 1 if deterministic else max(1, min(own, together // agents))
    mixture = points[:, :, :each]
    entropy = _entropy(mixture, k)
    alone = None if deterministic else sum(_entropy(points[:, agent, :own], k) for agent in range(agents)) / agents
    start = trajectory.obs[0, alive][:, xy].unflatten(0, (agents, -1))
    origin = trajectory.obs[0, 0, xy]
    counts = [len(visited(points[:, agent, :each] - origin, cell)) for agent in range(agents)]
    union = len(visited(mixture - origin, cell))
    return Measures(
        acting="mean" if deterministic else "sampled",
        entropy=entropy,
        individual=alone,
        divergence=None if alone is None else entropy - alone,
        distance=float((points[-1] - start).norm(dim=-1).mean()),
        cells=union,
        redundancy=1 - union / sum(counts),
        frozen=int(trajectory.frozen.sum()),
    )


def visited(points: Tensor, cell: float) -> Tensor:
    """Return the different cells [n, d], int64, that `points` [..., d] lie in; the origin is a cell's centre."""
    return (points.flatten(0, -2) / cell).round().long().unique(dim=0)


def visit_counts(trajectory: Trajectory, agents: int, xy: list[int], cell: float) -> pd.DataFrame:
    """Return agent, x, y (a cell's centre, metres) and visits of all cells that each agent visits; the start is one's centre."""
    alive = sound_environments(trajectory.frozen, agents)
    origin = trajectory.obs[0, 0, xy[:2]]
    points = trajectory.particles(xy[:2])[:, alive].unflatten(1, (agents, -1)) - origin
    tables = []
    for agent in range(agents):
        cells, visits = (points[:, agent].flatten(0, -2) / cell).round().long().unique(dim=0, return_counts=True)
        places = {name: cells[:, axis] * cell + origin[axis] for axis, name in enumerate("xy")} | {"visits": visits}
        tables.append(pd.DataFrame({name: values.numpy() for name, values in places.items()}).assign(agent=agent))
    return pd.concat(tables, ignore_index=True)[["agent", "x", "y", "visits"]]


def seen_by(env: VecEnv, team: Team, horizon: int, seed: int, number: int, deterministic: bool = False) -> Trajectory:
    """Return what `team` does in `env` in measurement `number` of the run with `seed`."""
    policy_seed, env_seed, _ = random_seeds(Purpose.SIDE_BY_SIDE, seed, number)
    return play(env, team, horizon, policy_seed, env_seed, deterministic)


def _entropy(points: Tensor, k: int) -> float:
    particles = points.flatten(0, -2)
    distances, _ = knn(particles, k)
    if not distances[:, -1].any():
        return math.nan
    return float(entropy_of_log_volumes(ball_log_volumes(distances[:, -1], particles.shape[1]), k))
