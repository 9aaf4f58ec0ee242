"""How much better than expected the actions of a rollout were, and how well that was foreseen."""

import math

import torch
from torch import Tensor


def gae(rewards: Tensor, values: Tensor, gamma: float, gae_lambda: float) -> Tensor:
    """Return the generalised advantage estimate of each action.

    delta_t = r_t + gamma V_{t+1} - V_t;  A_t = sum_{l >= 0} (gamma lambda)^l delta_{t+l} = delta_t + gamma lambda A_{t+1}.
    Schulman et al. 2016, "High-dimensional continuous control using generalized advantage estimation", eq. 16.
    The episode's end at T is a truncation, not a terminal state: the last value bootstraps and A_T = 0.

    Shapes: rewards r [T, m], values V [T + 1, m] of the states before each action and after the last -> [T, m], in units
    of the reward. The returns that a value network learns from are A + V[:-1].

    Raises:
        ValueError: other shapes, or a discount `gamma` or a `gae_lambda` outside [0, 1].
    """
    if rewards.ndim != 2 or 0 in rewards.shape:
        raise ValueError(f"rewards must have the shape [T, m], got {list(rewards.shape)}; stack one row per time step")
    steps, environments = rewards.shape
    if values.shape != (steps + 1, environments):
        raise ValueError(
            f"values must have the shape [{steps + 1}, {environments}], one row more than the rewards, got {list(values.shape)}"
        )
    for name, number in (("gamma", gamma), ("gae_lambda", gae_lambda)):
        if not 0 <= number <= 1:
            raise ValueError(f"{name} = {number} is outside [0, 1]")
    delta = rewards + gamma * values[1:] - values[:-1]
    advantages = torch.empty_like(delta)
    following = torch.zeros_like(delta[0])
    for t in reversed(range(steps)):
        following = delta[t] + gamma * gae_lambda * following
        advantages[t] = following
    return advantages


def normalised(advantage: Tensor) -> Tensor:
    """Return (A - mean A) / max(std A, 1e-8), [N] -> [N], the std being that of the sample; computed in float64.

    The floor, and float64, keep equal advantages at 0: nothing but rounding would be scaled up to standard deviation 1.
    """
    centred = advantage.double() - advantage.double().mean()
    return (centred / centred.square().mean().sqrt().clamp(min=1e-8)).to(advantage.dtype)


def explained_variance(value: Tensor, returns: Tensor) -> float:
    """Return 1 - Var(returns - value) / Var(returns): 1 for a perfect critic, 0 for a constant; NaN if Var(returns) = 0.

    Shapes: value [N], returns [N].
    """
    spread = float(returns.double().var(correction=0))
    return 1 - float((returns.double() - value.double()).var(correction=0)) / spread if spread else math.nan
