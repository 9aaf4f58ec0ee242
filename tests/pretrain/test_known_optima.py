"""Both of these have a largest entropy that can be written down, and trust-region reaches it in few epochs."""

import math

import pytest
import torch

from kmyriad.envs import make
from kmyriad.pretrain import Pretraining
from kmyriad.settings import PretrainSettings


class Chain:
    """Two states, left and right of 0: an action's sign says which is next; all start on the left.

    The observation is -1 or 1 and up to 0.1 more, so that particles of one state differ.
    """

    num_envs, obs_dim, action_dim, feature_names, device = 40, 1, 1, ("x",), "cpu"

    def reset(self, seed: int | None = None) -> torch.Tensor:
        self.generator = torch.Generator().manual_seed(seed or 0)
        return self._seen(-torch.ones(40, 1))

    def step(self, actions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
        return self._seen(torch.where(actions > 0, 1.0, -1.0)), torch.zeros(40), {"frozen": torch.zeros(40, dtype=torch.bool)}

    def _seen(self, state: torch.Tensor) -> torch.Tensor:
        return state + 0.1 * torch.rand(state.shape, generator=self.generator)

    def close(self) -> None:
        pass


@pytest.mark.slow(13)
@pytest.mark.parametrize("objective", ["entropy", "log-volume"])
def test_a_chain_of_two_states_is_visited_evenly(objective: str) -> None:
    # Two intervals of length 0.1, visited with p and 1 - p: H = log 0.1 + h(p), largest at p = 1/2, log 0.2.
    settings = {"envs": 40, "horizon": 10, "trunk": (16,), "adapter": 16, "update": "trust-region", "initial_std": 1.0}
    clipped = {"minibatch": 100, "learning_rate": {1: 3e-3}, "standardise": False, "first_mean_gain": 1.0}
    run = Pretraining(Chain(), PretrainSettings(**settings, objective=objective, trust_region=clipped), 1, ["x"], 0)
    run.policy.output_bias.data[..., 0] = -1.5  # at first they stay on the left
    shares = []
    for _ in range(40):
        run.run_epoch()
        shares.append(float((run.rollouts.trajectory.obs[1:] > 0).double().mean()))
    assert shares[0] < 0.1
    assert sum(shares[-5:]) / 5 == pytest.approx(0.5, abs=0.1)


@pytest.mark.slow(6)
def test_a_point_maze_is_covered_evenly() -> None:
    # The ball's centre can be anywhere in 4.86 m x 2.88 m. It starts in a corner, and 40 actions are 4 s.
    settings = {"envs": 40, "horizon": 40, "trunk": (32,), "adapter": 32, "objective": "log-volume", "initial_std": 1.0}
    clipped = {"minibatch": 200, "value_hidden": (32,), "learning_rate": {1: 2e-3}, "value_learning_rate": 2e-3, "passes": 5}
    env = make("pointmaze-open", 40, threads=1)
    run = Pretraining(env, PretrainSettings(**settings, update="trust-region", trust_region=clipped), 1, ["x", "y"], 0)
    found = [run.run_epoch().entropy for _ in range(15)]
    env.close()
    assert found[0] < 2.45
    assert sum(found[-5:]) / 5 == pytest.approx(math.log(4.86 * 2.88), abs=0.1)
