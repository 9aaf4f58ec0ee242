"""Each purpose has random numbers of its own, and those of pretraining are as they were."""

from itertools import product

import numpy as np

from kmyriad.rollout import Purpose, random_seeds


def test_no_two_purposes_seeds_or_epochs_share_a_stream() -> None:
    found = [each for key in product(Purpose, (0, 1, 56), (0, 1, 2)) for each in random_seeds(*key)]
    assert len(set(found)) == len(found) == 8 * 9 * 3


def test_pretraining_draws_from_seed_and_epoch() -> None:
    # Zeros at the end do not change a seed sequence.
    assert random_seeds(Purpose.PRETRAIN, 4, 9) == tuple(np.random.SeedSequence([4, 9]).generate_state(3))


def test_the_numbers_of_purposes_are_fixed() -> None:
    assert [purpose.value for purpose in Purpose] == list(range(8))
