"""Choosing in one call: by hand, and as the pipeline's table would."""

import pytest
import torch

from kmyriad.envs import make
from kmyriad.heads import choose_head, evaluate_heads, select_head
from kmyriad.policies import MultiHeadPolicy
from kmyriad.rollout import Purpose, play, random_seeds


class Button:
    """Two copies a head; a step is worth 1 where the action is above 0.9. The simulation of `broken` copies fails."""

    obs_dim, action_dim, feature_names, device = 1, 1, ("height",), "cpu"

    def __init__(self, num_envs: int, broken: tuple[int, ...] = ()) -> None:
        self.num_envs, self.broken = num_envs, torch.zeros(num_envs, dtype=torch.bool)
        self.broken[list(broken)] = True

    def reset(self, seed: int | None = None) -> torch.Tensor:
        return torch.ones(self.num_envs, 1)

    def step(self, actions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
        return torch.ones(self.num_envs, 1), (actions[:, 0] > 0.9).float(), {"frozen": self.broken}


def pressing(*means: float) -> MultiHeadPolicy:
    """Return a policy whose heads act with these means of u, almost without noise."""
    policy = MultiHeadPolicy(1, 1, len(means), trunk=(2,), adapter=2)
    with torch.no_grad():
        policy.output_weight.zero_()
        policy.output_bias[:, 0, 0] = torch.tensor(means)
        policy.output_bias[:, 0, 1] = -10
    return policy


def test_by_hand() -> None:
    # tanh(3) = 0.995 presses the button, tanh(1) = 0.76 does not.
    assert choose_head(Button(6), pressing(1, 3, 1), horizon=4) == (1, "highest success: 1")
    # Heads 0 and 2 both press in each of 4 steps: the return is 4 for both, and no goal has a distance.
    assert choose_head(Button(6), pressing(3, 1, 3), horizon=4) == (0, "lowest index of 2 equal heads")


def test_failed_copies_do_not_count() -> None:
    # Both copies of head 1 fail, and one of head 2: 1 success in the copy that is left.
    assert choose_head(Button(6, broken=(2, 3, 4)), pressing(1, 3, 3), horizon=2) == (2, "highest success: 1")


def test_it_is_what_the_pipeline_chooses() -> None:
    goal = (3.0, 0.0)  # too far for 5 steps
    env = make("ant-empty", 6, goal=goal)
    policy = MultiHeadPolicy(env.obs_dim, env.action_dim, 3, trunk=(8,), adapter=8)
    seeds = [random_seeds(Purpose.EVALUATE_HEADS, 7, rollout)[:2] for rollout in range(2)]
    table = evaluate_heads([play(env, policy, 5, *pair) for pair in seeds], 3, goal, [0, 1])
    chosen = choose_head(env, policy, horizon=5, rollouts=2, seed=7, goal=goal)
    assert chosen == select_head(table) and chosen[1].startswith("closest approach")


def test_heads_that_do_not_divide_the_environments() -> None:
    with pytest.raises(ValueError, match="3 heads do not divide 4 environments"):
        choose_head(Button(4), pressing(1, 1, 1), horizon=1)
