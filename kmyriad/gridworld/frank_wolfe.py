"""Parallel Frank-Wolfe, Algorithm 2 of De Paola et al., 2025 (Appendix A), and the step and rate of its Theorem A.2.

What to expect of N agents: all take the reward from the same joint mixture, so with exact oracles and the same way to break ties
they compute the same policy, and N agents are one agent at the same step eta. The gain of 1/N in the theorem comes from a step
N times as long. Its proof bounds the curvature term by eta^2 beta (1/N^2) sum_i |x_i|^2, x_i = d_{t+1}^i - d_mix^i, instead of
|mean_i x_i|^2, which holds if the x_i are orthogonal or point apart; in general only 1/N holds
(Jensen). `Run.overlap` measures it.
The conclusion holds for identical agents too while N <= |S| / 2, because the proof takes |S| for |x|^2 <= 2.
"""

import math
from dataclasses import dataclass

import torch
from torch.nn.functional import one_hot

from kmyriad.gridworld.planning import occupancy_of, plan
from kmyriad.gridworld.smooth import check, slope, slope_bound, smooth_entropy, smoothness
from kmyriad.gridworld.worlds import ACTIONS, World


@dataclass(frozen=True)
class Oracles:
    """How the agents estimate and plan; as it is, exactly, and the same for all."""

    trajectories: int | None = None
    """Each agent estimates the joint mixture from that many of its trajectories, drawn anew at each iteration; None: exactly."""
    random_ties: bool = False
    """Each agent draws one of the actions that are equally good, instead of the first."""


@dataclass(frozen=True)
class Run:
    """What the joint mixture of the agents went through."""

    entropies: torch.Tensor
    """[iterations + 1]: H_sigma of its exact state distribution, in nats."""
    overlap: torch.Tensor
    """[iterations]: N |mean_i x_i|^2 / mean_i |x_i|^2: N if the agents move alike; the proof of Theorem A.2 needs at most 1."""


EXACT = Oracles()


def frank_wolfe(
    world: World, agents: int, eta: float, iterations: int, sigma: float = 1e-3, oracles: Oracles = EXACT, seed: int = 0
) -> Run:
    """Return how the entropy of the joint mixture of `agents` grows over `iterations` of Algorithm 2 with the step `eta`.

    From "always left", each agent i plans for the reward grad H_sigma of its estimate of the distribution of the joint mixture,
    mean_i d_mix^i, and mixes the policy in: d_mix^i <- (1 - eta) d_mix^i + eta d_{t+1}^i. Planning is exact (epsilon_1 = 0).

    Measured in Room-det: with exact oracles the overlap is N and the iterations to a gap don't depend on N at a given eta; random
    ties change that only for a few iterations. With oracles that sample, it falls from near N to near 1, and what N brings at a
    given eta is a smaller gap at the end, not fewer iterations. (Theorem A.2 asks for errors of at most 0.1 epsilon / beta.)

    Raises:
        ValueError: agents, iterations or trajectories below 1, eta outside (0, 1], sigma outside (0, 0.1].
    """
    _check(agents, eta, iterations, oracles)
    check(sigma)
    generator = torch.Generator().manual_seed(seed)
    memory = _Memory.start(world, agents, iterations if oracles.trajectories else 0)
    mixtures = occupancy_of(world, memory.policies(0))
    entropies, overlap = [smooth_entropy(mixtures.mean(0), sigma)], []
    for t in range(iterations):
        estimates = mixtures.mean(0).expand_as(mixtures)  # what the exact oracle says to each agent
        if oracles.trajectories:
            estimates = memory.sample(world, oracles.trajectories, generator)
        policies = plan(world, slope(estimates, sigma), generator if oracles.random_ties else None)
        moves = occupancy_of(world, policies) - mixtures
        mixtures = mixtures + eta * moves
        if oracles.trajectories:
            memory.add(t + 1, policies, eta)
        entropies.append(smooth_entropy(mixtures.mean(0), sigma))
        overlap.append(agents * moves.mean(0).square().sum() / moves.square().sum(-1).mean())
    return Run(torch.stack(entropies), torch.stack(overlap))


def theorem_step(world: World, agents: int, epsilon: float, sigma: float) -> float:
    """Return eta = 0.1 N epsilon / (|S| beta) of Theorem A.2, for |S| free cells and beta = 2 / sigma.

    Raises:
        ValueError: eta outside (0, 1], sigma outside (0, 0.1].
    """
    eta = 0.1 * agents * epsilon / (len(world.free) * smoothness(sigma))
    _check(agents, eta, 1, EXACT)
    return eta


def theorem_iterations(world: World, agents: int, epsilon: float, sigma: float) -> int:
    """Return T = log(10 B / epsilon) / eta of Theorem A.2, rounded up, for B = log(1 / sigma); errors as `theorem_step`."""
    return math.ceil(math.log(10 * slope_bound(sigma) / epsilon) / theorem_step(world, agents, epsilon, sigma))


def theorem_bound(world: World, agents: int, eta: float, iterations: torch.Tensor, sigma: float) -> torch.Tensor:
    """Return B exp(-eta t) + eta beta |S| / N [...], nats: Theorem A.2 on the gap after t = `iterations` [...], exact oracles."""
    curvature = eta * smoothness(sigma) * len(world.free) / agents
    return slope_bound(sigma) * torch.exp(-eta * iterations.double()) + curvature


@dataclass
class _Memory:
    """The policies that the mixtures are made of, as tables of actions, and their weights, which are the same for each agent."""

    actions: torch.Tensor
    """[policies, agents, T, states], uint8."""
    weights: torch.Tensor
    """[policies]."""

    @classmethod
    def start(cls, world: World, agents: int, iterations: int) -> "_Memory":
        """Return room for `iterations` policies after the first, which is always left."""
        weights = torch.zeros(iterations + 1, dtype=torch.float64)
        weights[0] = 1
        return cls(torch.zeros(iterations + 1, agents, world.horizon, world.states, dtype=torch.uint8), weights)

    def policies(self, index: int) -> torch.Tensor:
        """Return the agents' policies [agents, T, 4, states] after `index` iterations, one-hot."""
        return one_hot(self.actions[index].long(), len(ACTIONS)).transpose(-1, -2).double()

    def add(self, index: int, policies: torch.Tensor, eta: float) -> None:
        """Mix `policies` [agents, T, 4, states] in with weight `eta`."""
        self.actions[index] = policies.argmax(-2)
        self.weights *= 1 - eta
        self.weights[index] = eta

    def sample(self, world: World, trajectories: int, generator: torch.Generator) -> torch.Tensor:
        """Return each agent's DENSITYEST [agents, states]: the states of trajectories of the joint mixture, drawn by itself."""
        agents = self.actions.shape[1]
        shape = (agents, trajectories)
        index = torch.multinomial(self.weights, agents * trajectories, replacement=True, generator=generator).view(shape)
        owner = torch.randint(agents, shape, generator=generator)
        now, visited = torch.full(shape, world.start), [torch.full(shape, world.start)]
        for t in range(world.horizon):
            others = torch.randint(1, len(ACTIONS), shape, generator=generator)
            slips = torch.rand(shape, dtype=torch.float64, generator=generator) < world.slip
            action = (self.actions[index, owner, t, now] + slips * others) % len(ACTIONS)
            now = world.moves[now, action]
            visited.append(now)
        return one_hot(torch.cat(visited, -1), world.states).double().mean(-2)


def _check(agents: int, eta: float, iterations: int, oracles: Oracles) -> None:
    counts = {"agents": agents, "iterations": iterations, "trajectories": oracles.trajectories}
    for name, value in counts.items():
        if value is not None and value < 1:
            raise ValueError(f"{name} = {value} must be at least 1")
    if not 0 < eta <= 1:
        raise ValueError(f"eta = {eta} must be in (0, 1]: it is the weight of a new policy")
