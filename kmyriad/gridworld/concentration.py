"""How fast the entropy of n independent samples settles: Theorem 4.1 of De Paola et al., 2025, beside what happens.

The bound is far from tight: with the 43 cells of Room it falls below 1 after some 10^8 samples for eps = 0.25 nats, where about
256 already keep the lack below eps in more than 99 of 100 repeats. Specialised agents lack less, by (S - m) / (S - 1) if their
supports are disjoint; but the bound for each, at n / m samples, is lower only if H(d_i)^2 / Var(d_i) is below 1 / m of what one
agent has. Inequality (4) of the proof, KL(p + e || p) >= e^2 / (2 p (1 - p)), fails for small p (p = 0.1, e = 0.4: 0.51 < 0.89),
but the factor S^3 leaves so much room that no violation of the theorem itself is known here; see the tests.
"""

import math

import torch

from kmyriad.gridworld.max_entropy import Mixture, best_mixture
from kmyriad.gridworld.occupancy import entropy
from kmyriad.gridworld.worlds import World

Row = dict[str, str | int | float]
_MOST = 1024  # samples that are drawn; above, only the bound is computed
_BOUND_DOUBLINGS = 31


def bound(distribution: torch.Tensor, n: int, eps: float) -> torch.Tensor:
    """Return 2 S exp(-n eps^2 Var(d) / (2 S^3 H(d)^2)) [...], which Theorem 4.1 puts on P(H(d) - H(d_n) > eps).

    Var(d) = sum_s d (1 - d), for `distribution` [..., S]: pass the states that count, as S does. A deterministic d has H = 0 and
    never deviates: 0. Values above 1 say nothing.

    Raises:
        ValueError: n or eps not above 0, `distribution` is none.
    """
    _check(distribution, n=n, eps=eps)
    exponent = n * eps**2 / (2 * distribution.shape[-1] ** 3) * _tightness(distribution)
    return 2 * distribution.shape[-1] * torch.exp(-exponent)


def samples_needed(distribution: torch.Tensor, eps: float, delta: float) -> torch.Tensor:
    """Return 2 S^3 H(d)^2 / (eps^2 Var(d)) log(2 S / delta) [...], the n of Theorem 4.1 for `bound` = delta; d [..., S].

    Raises:
        ValueError: eps or delta not above 0, `distribution` is none.
    """
    _check(distribution, eps=eps, delta=delta)
    states = distribution.shape[-1]
    return 2 * states**3 / (eps**2 * _tightness(distribution)) * math.log(2 * states / delta)


def deviations(distributions: torch.Tensor, n: int, repeats: int, generator: torch.Generator) -> torch.Tensor:
    """Return H(d_mix) - H(empirical mixture) [repeats], in nats, of m agents with n / m independent samples each.

    d_mix is the mean of `distributions` [m, states]; the samples are multinomial, not steps of a trajectory, as in the theorem.

    Raises:
        ValueError: m doesn't divide n, n or repeats below 1, `distributions` are none.
    """
    _check(distributions, n=n, repeats=repeats)
    agents = len(distributions)
    if n % agents:
        raise ValueError(f"n = {n} samples can't be shared equally by {agents} agents: take a multiple")
    mixture = torch.zeros(repeats, distributions.shape[-1], dtype=torch.float64)
    for distribution in distributions.double():
        drawn = torch.multinomial(distribution.expand(repeats, -1), n // agents, replacement=True, generator=generator)
        mixture.scatter_add_(1, drawn, torch.ones(drawn.shape, dtype=torch.float64))
    return entropy(distributions.double().mean(0)) - entropy(mixture / n)


def specialists(mixture: Mixture, agents: int) -> torch.Tensor:
    """Return the distributions [agents, states] of agents that share `mixture` out: their mean is its distribution.

    The policies are put in order along the direction in which their distributions differ most and cut into equal weights.

    Raises:
        ValueError: agents below 1.
    """
    if agents < 1:
        raise ValueError(f"agents = {agents} must be at least 1")
    centred = mixture.atoms - mixture.weights @ mixture.atoms
    along = torch.linalg.svd(centred * mixture.weights[:, None].sqrt(), full_matrices=False).Vh[0]
    order = (centred @ along).argsort()
    ends = torch.cat([mixture.weights.new_zeros(1), mixture.weights[order].cumsum(0)]) * agents
    cuts = torch.arange(agents, dtype=torch.float64)[:, None]
    parts = (ends - cuts).clamp(0, 1).diff(dim=-1)  # share of each agent that each policy fills
    return parts / parts.sum(-1, keepdim=True) @ mixture.atoms[order]


def tails(
    world: World, agents: tuple[int, ...] = (1, 2, 4, 8), eps: float = 0.25, repeats: int = 4000, seed: int = 0
) -> list[Row]:
    """Return what the figure `pgpse_concentration` draws, a row for each quantity, agents and n (samples of all agents).

    The agents share out one entropy-maximising mixture (see `specialists`; 1 agent takes it whole), so that all aim at the same
    d_mix. mean and error: of H(d_mix) - H(empirical mixture), in nats, and its standard error; tail: P(it exceeds eps); bias:
    Miller and Madow's (cells - 1) / (2 n) nats of one agent; bound: sum_i `bound`(d_i, n / m, eps), Theorem 4.1 on any agent's
    own entropy being off by more than eps. The columns eps and entropy, the mean of H(d_i), are in nats.

    Raises:
        ValueError: as `specialists`, `bound` and `deviations`.
    """
    generator = torch.Generator().manual_seed(seed)
    best = best_mixture(world)
    rows: list[Row] = []
    for number in agents:
        team = specialists(best, number)[:, world.free]
        base: Row = {"agents": number, "eps": eps, "entropy": float(entropy(team).mean())}
        for n in (math.lcm(*agents) * 2**k for k in range(1, _BOUND_DOUBLINGS)):
            values = {"bound": float(bound(team, n // number, eps).sum())}
            if n <= _MOST:
                values |= _summary(deviations(team, n, repeats, generator), eps) | {"bias": (team.shape[-1] - 1) / (2 * n)}
            rows += [{**base, "n": n, "quantity": name, "value": value} for name, value in values.items()]
    return rows


def _summary(drawn: torch.Tensor, eps: float) -> dict[str, float]:
    error = float(drawn.std()) / math.sqrt(len(drawn))
    return {"mean": float(drawn.mean()), "error": error, "tail": float((drawn > eps).double().mean())}


def _tightness(distribution: torch.Tensor) -> torch.Tensor:
    """Return Var(d) / H(d)^2 [...], infinite for a deterministic d (its limit as H goes to 0)."""
    spread = (distribution * (1 - distribution)).sum(-1)
    height = entropy(distribution)
    return torch.where(height > 0, spread / height.square(), math.inf)


def _check(distribution: torch.Tensor, **positive: float) -> None:
    for name, value in positive.items():
        if not value > 0:
            raise ValueError(f"{name} = {value} must be above 0")
    if not (distribution >= 0).all() or not torch.allclose(distribution.sum(-1).double(), torch.ones((), dtype=torch.float64)):
        raise ValueError("the probabilities of a distribution must be at least 0 and sum to 1; divide by the sum")
