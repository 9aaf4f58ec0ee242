"""Random numbers: each purpose has a stream of its own, so that no two parts of the pipeline draw the same ones."""

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What random numbers are for. The numbers are fixed: results depend on them."""

    PRETRAIN = 0
    VISIT = 1
    EVALUATE_HEADS = 2
    FINETUNE = 3
    COVERAGE = 4
    FIRST_VALUE = 5
    GROW = 6
    SIDE_BY_SIDE = 7


def random_seeds(purpose: Purpose, seed: int, index: int = 0) -> tuple[int, int, int]:
    """Return three seeds, of the policy's noise, of the environments and of the order of samples.

    They depend on nothing but the purpose, the run's `seed` and `index`, which counts epochs or rollouts.
    """
    policy, env, order = np.random.SeedSequence([seed, index, purpose]).generate_state(3)
    return int(policy), int(env), int(order)
