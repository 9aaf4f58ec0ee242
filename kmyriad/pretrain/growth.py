"""Policies at the start of pretraining, and ones with more heads grown from those with fewer."""

import torch

from kmyriad.envs.vec_env import VecEnv
from kmyriad.policies import MultiHeadPolicy
from kmyriad.rollout import Purpose, random_seeds
from kmyriad.settings import PretrainSettings


def first_policy(env: VecEnv, settings: PretrainSettings, heads: int, seed: int) -> MultiHeadPolicy:
    """Return an untrained policy of `heads` heads for `env`, as `settings` want it at the start."""
    clipped = settings.update == "trust-region"
    standardise = clipped and settings.clipped.standardise
    shape = (env.obs_dim, env.action_dim, heads, settings.trunk, settings.adapter, settings.log_std_range)
    policy = MultiHeadPolicy(*shape, seed, standardise)
    if clipped:
        policy.scale_means(settings.clipped.first_mean_gain)
    if settings.initial_std is not None:
        policy.set_std(settings.initial_std)
    return policy.to(env.device)


@torch.no_grad()
def grown(policy: MultiHeadPolicy, heads: int, jitter: float, seed: int) -> MultiHeadPolicy:
    """Return a policy of `heads` heads, equal numbers of which are copies of each head of `policy`, side by side.

    Normal noise is added to the weights and biases that the copies have of their own, with `jitter` times the standard
    deviation of all that parameter's entries: with 0 the copies act as the head they come from.

    Raises:
        ValueError: the heads of `policy` do not divide `heads`.
    """
    if heads % policy.num_heads:
        raise ValueError(f"{heads} heads cannot grow from {policy.num_heads}: take a multiple")
    more = MultiHeadPolicy(**{**policy.architecture(), "num_heads": heads}).to(policy.adapter_weight)
    own = [name for name, value in policy.named_parameters() if any(value is each for each in policy.head_parameters())]
    generator = torch.Generator().manual_seed(random_seeds(Purpose.GROW, seed, heads)[0])
    state = policy.state_dict()
    for name in own:
        copies = state[name].repeat_interleave(heads // policy.num_heads, 0)
        noise = torch.randn(copies.shape, generator=generator, dtype=torch.float64).to(copies)
        state[name] = copies + jitter * _spread(state[name]) * noise
    more.load_state_dict(state)
    return more


def _spread(values: torch.Tensor) -> torch.Tensor:
    return values.std(correction=0)
