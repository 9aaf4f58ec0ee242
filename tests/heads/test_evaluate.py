"""Every head is tried; each environment's success counts once."""

import pytest
import torch

from kmyriad.heads import evaluate_heads
from kmyriad.rollout import Trajectory


def trajectory(reward: list[list[float]], x: list[list[float]], frozen: list[bool]) -> Trajectory:
    """Return T steps of m environments from rewards and x positions [T][m]; y = 0, and the reset state is far away."""
    position = torch.tensor(x)
    obs = torch.stack([position, torch.zeros_like(position)], -1)
    first = torch.full((1, *obs.shape[1:]), 100.0)
    return Trajectory(torch.cat([first, obs]), torch.zeros(*position.shape, 1), torch.tensor(reward), torch.tensor(frozen))


def test_by_hand() -> None:
    # Head 0: environments 0 (reward twice, one success) and 1 (none): success 1/2, return (2 + 0) / 2 = 1; closest to
    # (3, 0): 0 and 2, mean 1. Head 1: both reach it: success 1, return (1 + 1) / 2, closest (0.5 + 0) / 2.
    run = trajectory([[1, 0, 0, 1], [1, 0, 1, 0]], [[3, 0, 1, 3], [3, 1, 2.5, 9]], [False] * 4)
    table = evaluate_heads([run], heads=2, goal=(3.0, 0.0), xy=[0, 1])
    assert table.to_dict("list") == {
        "head": [0, 1],
        "success": [0.5, 1.0],
        "mean_return": [1.0, 1.0],
        "closest_approach": [1.0, 0.25],
        "environments": [2, 2],
    }


def test_failed_environments_do_not_count() -> None:
    run = trajectory([[0, 1, 0, 0]], [[0, 0, 1, 1]], [False, True, True, True])
    table = evaluate_heads([run], heads=2, goal=(1.0, 0.0), xy=[0, 1])
    assert list(table["success"]) == [0.0, 0.0]
    assert list(table["environments"]) == [1, 0]
    assert table["closest_approach"].tolist() == [1.0, float("inf")]


def test_several_rollouts_are_pooled() -> None:
    none, all_ = (trajectory([[reward] * 2], [[0, 0]], [False] * 2) for reward in (0, 1))
    table = evaluate_heads([none, all_, all_], heads=1, goal=(0.0, 0.0), xy=[0, 1])
    assert table["success"].item() == pytest.approx(2 / 3)
    assert table["environments"].item() == 6
