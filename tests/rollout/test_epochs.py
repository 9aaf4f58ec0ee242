"""An epoch's rollout follows from purpose, seed and epoch, and says why it is of no use."""

import pytest
import torch

from kmyriad.rollout import EpochRollouts, Purpose, TrainingFailure, collect, random_seeds
from tests.rollout.test_collect import ENVS, STEPS, Point, Trajectory, policy


def made(env: Point, purpose: Purpose = Purpose.PRETRAIN, on_failure: str = "freeze") -> EpochRollouts:
    return EpochRollouts(env, STEPS, purpose, 5, on_failure)


def test_an_epoch_has_seeds_of_its_own() -> None:
    rollouts, env = made(Point()), Point()
    order = rollouts.collect(policy(), 3)
    noise, start, last = random_seeds(Purpose.PRETRAIN, 5, 3)
    alone = collect(env, policy(), Trajectory.empty(STEPS, ENVS, 3, 2), torch.Generator().manual_seed(noise), start)
    assert torch.equal(rollouts.trajectory.u, alone.u)
    assert rollouts.env.seeds == [start] and order.initial_seed() == last


@pytest.mark.parametrize(("purpose", "epoch"), [(Purpose.FINETUNE, 3), (Purpose.PRETRAIN, 4)])
def test_another_purpose_or_epoch_draws_other_noise(purpose: Purpose, epoch: int) -> None:
    one, other = made(Point()), made(Point(), purpose)
    one.collect(policy(), 3)
    other.collect(policy(), epoch)
    assert not torch.equal(one.trajectory.u[0], other.trajectory.u[0])


def test_a_failed_simulation_ends_the_training_that_asks_for_it() -> None:
    made(Point(freeze_at=2)).collect(policy(), 0)
    message = r"on_failure is 'stop' and 1 of 4 environments failed in the simulation in epoch 7 \(seed 5\)"
    with pytest.raises(TrainingFailure, match=message) as caught:
        made(Point(freeze_at=2), on_failure="stop").collect(policy(), 7)
    assert caught.value.facts == {"seed": 5, "epoch": 7, "offending": 1}
    assert caught.value.tensors["environments"].tolist() == [2]
