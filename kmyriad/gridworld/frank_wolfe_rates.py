"""The rate of parallel Frank-Wolfe in the number of agents: the numbers of the figure `pgpse_frank_wolfe`."""

import torch

from kmyriad.gridworld.frank_wolfe import EXACT, Oracles, Run, frank_wolfe, theorem_bound, theorem_step
from kmyriad.gridworld.max_entropy import max_entropy
from kmyriad.gridworld.worlds import World

Row = dict[str, str | int | float]
STEPS = (0.02, 0.1)
"""The fixed steps: one for the iterations to a gap of epsilon, and a long one for the gap that a constant step leaves."""
_POINTS = 120  # of a curve
_PATIENCE = 2.0  # runs at the theorem's step last that many times 1 / eta, of which exp(-eta t) is a function
_LONG = (5.0, 20.0)  # those at STEPS last that many
_SAMPLED = Oracles(100, random_ties=True)


def rates(
    world: World,
    agents: tuple[int, ...] = (1, 2, 4, 8),
    epsilon: float = 0.5,
    sigma: float = 0.1,
    seeds: tuple[int, ...] = (0, 1, 2),
) -> list[Row]:
    """Return what the figure draws, a row each: quantity, series, agents, seed, eta, iteration, value (nats but for overlap).

    gap and bound: max H_sigma - H_sigma of the joint mixture at Theorem A.2's step, and its bound, exact oracles.
    reach: the first iteration with a gap of at most epsilon (value); series theorem (its step, N agents), one agent (the same
    step, one agent), fixed and fixed sampled (N agents at STEPS[0]; each estimate from 100 trajectories, ties at random).
    left and overlap: mean gap and overlap (see `Run`) of the last half of a run at STEPS[1], series exact and sampled.

    Raises:
        ValueError: as `frank_wolfe`, `theorem_step`.
    """
    best = sum(max_entropy(world, sigma))
    rows = []
    for number in agents:
        rows += _theorem_rows(world, number, epsilon, sigma, best)
        for name, (oracles, draws) in {"exact": (EXACT, seeds[:1]), "sampled": (_SAMPLED, seeds)}.items():
            for seed in draws:
                runs = [
                    frank_wolfe(world, number, eta, round(long / eta), sigma, oracles, seed)
                    for eta, long in zip(STEPS, _LONG, strict=True)
                ]
                base: Row = {"agents": number, "seed": seed}
                fixed = "fixed" if oracles is EXACT else f"fixed {name}"
                rows.append(_reach(runs[0], best, epsilon, {**base, "series": fixed, "eta": STEPS[0]}))
                rows += _late(runs[1], best, {**base, "series": name, "eta": STEPS[1]})
    return rows


def _theorem_rows(world: World, agents: int, epsilon: float, sigma: float, best: float) -> list[Row]:
    eta = theorem_step(world, agents, epsilon, sigma)
    iterations = round(_PATIENCE / eta)
    run = frank_wolfe(world, agents, eta, iterations, sigma)
    base: Row = {"agents": agents, "seed": 0, "eta": eta}
    reached = _reach(run, best, epsilon, {**base, "series": "theorem"})
    alone = frank_wolfe(world, 1, eta, max(1, int(reached["iteration"])), sigma)
    shown = torch.logspace(0, 1, _POINTS, base=iterations, dtype=torch.float64).round().long().unique()
    curves = {"gap": best - run.entropies[shown], "bound": theorem_bound(world, agents, eta, shown, sigma)}
    rows = [
        {**base, "quantity": quantity, "series": "theorem", "iteration": iteration, "value": value}
        for quantity, values in curves.items()
        for iteration, value in zip(shown.tolist(), values.tolist(), strict=True)
    ]
    return [*rows, reached, _reach(alone, best, epsilon, {**base, "series": "one agent"})]


def _reach(run: Run, best: float, epsilon: float, base: Row) -> Row:
    """Return the row of the first iteration whose gap is at most epsilon, -1 if there is none."""
    hits = (best - run.entropies <= epsilon).nonzero()
    return {**base, "quantity": "reach", "iteration": int(hits[0]) if len(hits) else -1, "value": epsilon}


def _late(run: Run, best: float, base: Row) -> list[Row]:
    half = len(run.overlap) // 2
    values = {"left": best - run.entropies[half + 1 :].mean(), "overlap": run.overlap[half:].mean()}
    return [{**base, "quantity": name, "iteration": len(run.overlap), "value": float(value)} for name, value in values.items()]
