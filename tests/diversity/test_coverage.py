"""Coverage of hand-made policies: distances, noise and saturation are the numbers that were put in."""

import math

import pytest
import torch

from kmyriad.diversity import coverage
from kmyriad.estimators import knn_entropy
from kmyriad.policies import MultiHeadPolicy
from kmyriad.rollout import Trajectory

STEPS = 12


def policy(heads: int, std: float = 0.5) -> MultiHeadPolicy:
    made = MultiHeadPolicy(2, 2, heads, (4,), 4, (-2.0, 1.0), seed=0)
    made.set_std(std)
    return made


def rays(ends: list[tuple[float, float]], frozen: tuple[int, ...] = ()) -> Trajectory:
    """One environment for each of `ends`, which walks there from (1, 1) in a straight line; u grows with the step."""
    share = torch.linspace(0, 1, STEPS + 1)[:, None, None]
    obs = 1 + share * (torch.tensor(ends) - 1)
    u = torch.full((STEPS, len(ends), 2), 0.1)
    u[: STEPS // 4] = 5.0  # tanh 5 = 0.9999
    failed = torch.tensor([i in frozen for i in range(len(ends))])
    return Trajectory(obs, u, torch.zeros(STEPS, len(ends)), failed)


ENDS = [(4.0, 5.0), (1.0, 2.0), (7.0, 9.0), (1.0, 4.0)]
"""5, 1, 10 and 3 from (1, 1)."""


def test_worked_numbers() -> None:
    row = coverage(rays(ENDS), policy(2), [0, 1], 3, deterministic=False, batch=4)
    assert (row["acting"], row["trajectories"], row["frozen_envs"]) == ("sampled", 4, 0)
    assert row["distance_mean"] == pytest.approx(19 / 4)
    assert row["distance_median"] == pytest.approx(3.0)  # torch's median is the lower of two
    assert row["distance_max"] == pytest.approx(10.0)
    assert row["distance_least_head"] == pytest.approx(3.0), "the first head: (5 + 1) / 2"
    assert row["std"] == pytest.approx(0.5)
    assert row["saturated"] == pytest.approx(0.25)
    points = rays(ENDS).obs[1:].flatten(0, 1)
    assert row["entropy"] == pytest.approx(float(knn_entropy(points, 3)), rel=1e-6)
    assert row["entropy_of_batch"] == row["entropy"], "a batch of four is all there are"
    assert row["kl"] is not None and math.isfinite(row["kl"])


def test_a_batch_has_as_many_trajectories_of_each_head() -> None:
    row = coverage(rays(ENDS), policy(2), [0, 1], 3, deterministic=False, batch=2)
    first_of_each = rays([ENDS[0], ENDS[2]]).obs[1:].flatten(0, 1)
    assert row["entropy_of_batch"] == pytest.approx(float(knn_entropy(first_of_each, 3)), rel=1e-6)
    assert row["trajectories"] == 4


def test_one_head_has_no_divergence() -> None:
    assert coverage(rays(ENDS), policy(1), [0, 1], 3, deterministic=False, batch=4)["kl"] is None


def test_mean_actions_count_once_a_head() -> None:
    # Each head's two environments do the same; the entropy is that of two trajectories without their doubles.
    same = rays([ENDS[0], ENDS[0], ENDS[2], ENDS[2]])
    row = coverage(same, policy(2), [0, 1], 3, deterministic=True, batch=4)
    assert (row["acting"], row["trajectories"], row["kl"]) == ("mean", 2, None)
    assert row["distance_mean"] == pytest.approx(7.5)
    assert row["distance_least_head"] == pytest.approx(5.0)
    assert row["entropy"] == pytest.approx(float(knn_entropy(same.obs[1:, [0, 2]].flatten(0, 1), 3)), rel=1e-6)


def test_failed_environments_are_left_out_evenly() -> None:
    # The first environment failed; of the second head's two, one stays.
    row = coverage(rays(ENDS, frozen=(0,)), policy(2), [0, 1], 3, deterministic=False, batch=4)
    assert (row["trajectories"], row["frozen_envs"]) == (2, 1)
    assert row["distance_mean"] == pytest.approx((1 + 10) / 2)
    with pytest.raises(ValueError, match="all environments of head 0 failed"):
        coverage(rays(ENDS, frozen=(0, 1)), policy(2), [0, 1], 3, deterministic=False, batch=4)
