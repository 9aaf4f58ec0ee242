"""Exact planning for a reward on states: dynamic programming over the steps of a trajectory, and where the plan leads."""

import torch

from kmyriad.gridworld.worlds import ACTIONS, World

# Sums of some ten rewards of a few nats: rounding errors are near 1e-15, differences that matter above 1e-9.
_TIE = 1e-10


def plan(world: World, reward: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
    """Return the policies [..., T, 4, states] that maximise the expected sum of `reward` [..., states] over T + 1 states.

    T is the horizon. V_T = r and V_t(s) = r(s) + max_a E[V_{t+1}(s')]: the policies are deterministic (one-hot, float64) and
    depend on the step. Among actions equally good the first is taken, or with a `generator` any, as likely.
    This is APPROXPLAN of Algorithm 2 with epsilon_1 = 0 (De Paola et al., 2025, Appendix A).

    Raises:
        ValueError: the last dimension of `reward` isn't the number of states.
    """
    _check_states(world, reward, "reward")
    lead, pairs = reward.shape[:-1], world.transitions.flatten(0, 1).T
    optimal = torch.empty(*lead, world.horizon, world.states, len(ACTIONS), dtype=torch.bool)
    value = reward.double()
    for t in reversed(range(world.horizon)):
        worth = (value @ pairs).view(*lead, world.states, len(ACTIONS))
        best = worth.amax(-1)
        optimal[..., t, :, :] = worth >= best[..., None] - _TIE
        value = reward + best
    return _one_of(optimal, generator).transpose(-1, -2)


def occupancy_of(world: World, policy: torch.Tensor) -> torch.Tensor:
    """Return d_pi [..., states] of policies that depend on the step: `policy` [..., T, 4, states] is pi_t(a | s).

    As `occupancy`, which takes stationary policies: the mean over the T + 1 states of a trajectory, exact, float64.

    Raises:
        ValueError: `policy` has not the T = horizon steps or the states of the world.
    """
    _check_states(world, policy, "policy")
    if policy.ndim < 3 or policy.shape[-3] != world.horizon:
        raise ValueError(f"policy must be [..., {world.horizon}, 4, {world.states}], got {list(policy.shape)}")
    pairs = world.transitions.flatten(0, 1)
    now = torch.zeros(*policy.shape[:-3], world.states, dtype=torch.float64)
    now[..., world.start] = 1
    total = now
    for t in range(world.horizon):
        now = (now[..., None, :] * policy[..., t, :, :]).transpose(-1, -2).flatten(-2) @ pairs
        total = total + now
    return total / (world.horizon + 1)


def _one_of(optimal: torch.Tensor, generator: torch.Generator | None) -> torch.Tensor:
    """Return one of the `optimal` actions [..., 4] as one-hot: the first, or any by `generator`."""
    if generator is None:
        preference = torch.arange(len(ACTIONS), 0, -1, dtype=torch.float64)
    else:
        preference = 1 + torch.rand(optimal.shape, dtype=torch.float64, generator=generator)
    choice = (preference * optimal).argmax(-1, keepdim=True)
    return torch.zeros(optimal.shape, dtype=torch.float64).scatter_(-1, choice, 1.0)


def _check_states(world: World, values: torch.Tensor, what: str) -> None:
    if values.shape[-1] != world.states:
        raise ValueError(f"{what} must end with the {world.states} states of {world.name}, got {list(values.shape)}")
