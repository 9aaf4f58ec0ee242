"""The conformance check that every backend must pass: run it on an environment of your own before you train in it."""

import torch

from kmyriad.envs.vec_env import VecEnv


def check(env: VecEnv, steps: int = 20) -> None:
    """Drive `env` with random actions and compare it with the protocol of `VecEnv`.

    Raises:
        TypeError: a member of the protocol is missing.
        AssertionError: the first promise that is broken, in words.
    """
    if not isinstance(env, VecEnv):
        members = (*VecEnv.__annotations__, "reset", "step", "close")
        missing = [name for name in members if not hasattr(env, name)]
        raise TypeError(f"{type(env).__name__} is no VecEnv: it lacks {', '.join(sorted(missing))}")
    assert len(env.feature_names) == env.obs_dim, "feature_names must have obs_dim entries"
    assert len(set(env.feature_names)) == env.obs_dim, "feature_names must differ from one another"
    first, second = _drive(env, steps), _drive(env, steps)
    for name, a, b in zip(("observations", "rewards"), first, second, strict=True):
        assert torch.equal(a, b), f"{name} must be the same after reset with the same seed and the same actions"
    _check_refusal(env)


def _drive(env: VecEnv, steps: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return all observations [steps + 1, m, obs_dim] and rewards [steps, m] under seeded random actions."""
    generator = torch.Generator().manual_seed(0)
    history = [_checked_obs(env, env.reset(seed=0))]
    rewards = []
    frozen = torch.zeros(env.num_envs, dtype=torch.bool, device=history[0].device)
    for _ in range(steps):
        actions = 2 * torch.rand(env.num_envs, env.action_dim, generator=generator) - 1
        before = history[-1].clone()
        obs, reward, info = env.step(actions.to(before.device))
        history.append(_checked_obs(env, obs))
        rewards.append(reward)
        assert torch.equal(history[-2], before), "step must not overwrite the observations it returned before"
        assert reward.shape == (env.num_envs,) and reward.dtype == torch.float32, "rewards must be float32 [m]"
        assert "frozen" in info, "info must hold the flags frozen"
        assert info["frozen"].shape == (env.num_envs,) and info["frozen"].dtype == torch.bool, "frozen must be bool [m]"
        assert (info["frozen"] | ~frozen).all(), "a frozen environment must stay frozen until the reset"
        frozen = info["frozen"].clone()
        assert torch.equal(obs[frozen], before[frozen]), "a frozen environment's observation must not change"
    return torch.stack(history), torch.stack(rewards)


def _checked_obs(env: VecEnv, obs: torch.Tensor) -> torch.Tensor:
    assert obs.shape == (env.num_envs, env.obs_dim), f"observations must be [m, obs_dim], got {list(obs.shape)}"
    assert obs.dtype == torch.float32, f"observations must be float32, got {obs.dtype}"
    assert obs.isfinite().all(), "observations must be finite"
    return obs


def _check_refusal(env: VecEnv) -> None:
    try:
        env.step(torch.zeros(env.num_envs, env.action_dim + 1))
    except ValueError:
        return
    raise AssertionError("step must refuse actions of a wrong shape with ValueError")
