"""The conformance check passes on sound environments and names the promise that a broken one breaks."""

from collections.abc import Callable

import pytest
import torch

from kmyriad.envs import check, make
from kmyriad.envs.vec_env import check_actions


class Point:
    """A point on a line that moves by its action: x' = x + a, reward x'; copy 1 freezes at step 5."""

    num_envs, obs_dim, action_dim, feature_names, device = 3, 2, 1, ("x", "time"), "cpu"

    def reset(self, seed: int | None = None) -> torch.Tensor:
        self.obs = torch.zeros(3, 2)
        return self.obs

    def step(self, actions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
        check_actions(actions, 3, 1)
        frozen = torch.tensor([False, bool(self.obs[0, 1] >= 4), False])
        moved = self.obs + torch.cat([actions, torch.ones(3, 1)], 1)
        self.obs = torch.where(frozen[:, None], self.obs, moved)
        return self.obs, self.obs[:, 0].clone(), {"frozen": frozen}

    def close(self) -> None:
        pass


def with_step(change: Callable) -> type:
    """A Point whose step returns change(obs, reward, frozen)."""

    class Changed(Point):
        def step(self, actions):
            obs, reward, info = super().step(actions)
            obs, reward, frozen = change(obs, reward, info["frozen"])
            return obs, reward, {"frozen": frozen}

    return Changed


def with_members(**members: object) -> type:
    return type("Changed", (Point,), members)


class WritesInPlace(Point):
    def step(self, actions):
        check_actions(actions, 3, 1)
        self.obs += 1
        return self.obs, torch.zeros(3), {"frozen": torch.zeros(3, dtype=torch.bool)}


class TakesAnything(Point):
    def step(self, actions):
        return super().step(actions[:, :1])


class NoFlags(Point):
    def step(self, actions):
        return *super().step(actions)[:2], {}


class ThawsInPlace(Point):
    """Freezes copy 0 in odd steps, and returns the same tensor of flags each time."""

    flags = torch.zeros(3, dtype=torch.bool)

    def step(self, actions):
        obs, reward, _ = super().step(actions)
        self.flags[0] = bool(obs[0, 1] % 2)
        self.obs[0, 0], reward[0] = 0, 0
        return torch.cat([torch.zeros(1, 2), obs[1:]]), reward, {"frozen": self.flags}


def nan_from_step_ten(obs: torch.Tensor) -> torch.Tensor:
    return torch.where(obs[:, 1:] > 9, float("nan"), obs)


def noisy(values: torch.Tensor) -> torch.Tensor:
    return torch.where(torch.tensor([True, False, True]), torch.rand(3), values)


BROKEN = {
    "feature_names must have obs_dim entries": with_members(feature_names=("x",)),
    "feature_names must differ": with_members(feature_names=("x", "x")),
    r"observations must be \[m, obs_dim\], got \[2, 2\]": with_step(lambda o, r, f: (o[:2], r, f)),
    "observations must be float32, got torch.float64": with_step(lambda o, r, f: (o.double(), r, f)),
    "observations must be finite": with_step(lambda o, r, f: (nan_from_step_ten(o), r, f)),
    "observations must be the same after reset": with_step(lambda o, r, f: (torch.stack([noisy(o[:, 0]), o[:, 1]], 1), r, f)),
    "rewards must be the same after reset": with_step(lambda o, r, f: (o, torch.rand(3), f)),
    "step must not overwrite the observations": WritesInPlace,
    r"rewards must be float32 \[m\]": with_step(lambda o, r, f: (o, r[:, None], f)),
    "rewards must be float32": with_step(lambda o, r, f: (o, r.double(), f)),
    r"frozen must be bool \[m\]": with_step(lambda o, r, f: (o, r, f[:1])),
    "frozen must be bool": with_step(lambda o, r, f: (o, r, f.float())),
    "info must hold the flags frozen": NoFlags,
    "must stay frozen until the reset": with_step(lambda o, r, f: (o, r, f & (o[0, 1] < 8))),
    "frozen environment must stay frozen": ThawsInPlace,
    "a frozen environment's observation must not change": with_step(lambda o, r, f: (o + o[:1], r, f)),
    "step must refuse actions of a wrong shape with ValueError": TakesAnything,
}


@pytest.mark.parametrize(("words", "broken"), BROKEN.items(), ids=[words[:40] for words in BROKEN])
def test_a_broken_promise_is_named(words: str, broken: type) -> None:
    with pytest.raises(AssertionError, match=words):
        check(broken())


def test_sound_environments_pass() -> None:
    check(Point())
    check(make("ant-empty", 2))


def test_missing_members_are_listed() -> None:
    incomplete = type("Incomplete", (), {"num_envs": 1, "reset": Point.reset, "step": Point.step, "obs_dim": 2})
    with pytest.raises(TypeError, match=r"^Incomplete is no VecEnv: it lacks action_dim, close, device, feature_names$"):
        check(incomplete())


@pytest.mark.parametrize("actions", [torch.zeros(3, 2), torch.zeros(2, 1), torch.zeros(3), torch.zeros(3, 1).long()])
def test_actions_of_a_wrong_shape_or_type_are_refused(actions: torch.Tensor) -> None:
    with pytest.raises(ValueError, match=r"actions must be a float tensor of shape \[3, 1\], got torch"):
        check_actions(actions, 3, 1)
