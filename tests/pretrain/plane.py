"""Points in a plane: the smallest environment that the K-Myriad loop trains in."""

import torch

from kmyriad.pretrain import Pretraining

ENVS, STEPS = 6, 5
SECONDS = {"seconds_rollout": 0.0, "seconds_neighbours": 0.0, "seconds_update": 0.0}


class Plane:
    """Points that move by a tenth of their actions; features x, y and a tenth of the number of steps.

    Environments that are `frozen` show `shown` in place of what they do.
    """

    obs_dim, action_dim, feature_names, device = 3, 2, ("x", "y", "n"), "cpu"

    def __init__(
        self, num_envs: int = ENVS, dtype=torch.float32, frozen: tuple[int, ...] = (), shown: float | None = None
    ) -> None:
        self.num_envs, self.dtype, self.seeds, self.shown = num_envs, dtype, [], shown
        self.frozen = torch.zeros(num_envs, dtype=torch.bool)
        self.frozen[list(frozen)] = True

    def reset(self, seed: int | None = None) -> torch.Tensor:
        self.seeds.append(seed)
        # Not 0, where every unit of a new policy, its biases being 0, sits on the kink of the ReLU.
        self.obs = torch.tensor([[0.2, -0.1, 0.5]], dtype=self.dtype).repeat(self.num_envs, 1)
        return self.obs

    def step(self, actions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
        self.obs = self.obs + 0.1 * torch.cat([actions, torch.ones_like(actions[:, :1])], 1)
        if self.shown is not None:
            self.obs[self.frozen] = self.shown
        return self.obs, torch.zeros(self.num_envs), {"frozen": self.frozen}

    def close(self) -> None:
        pass


def snapshot(run: Pretraining) -> dict[str, torch.Tensor]:
    """A copy of the run's state."""
    return {name: value.clone() for name, value in run.state_dict().items()}


def same(one: dict[str, torch.Tensor], two: dict[str, torch.Tensor]) -> bool:
    """Whether two states are equal to the last bit."""
    return one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)
