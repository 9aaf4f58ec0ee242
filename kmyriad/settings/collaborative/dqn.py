"""Deep Q-networks, the backbone where actions are choices (D.7, Fig. 13); see `kmyriad.settings.collaborative.arm`."""

from typing import Annotated, NamedTuple

from pydantic import Field

from kmyriad.settings.base import Count, Settings
from kmyriad.settings.collaborative.baselines import Positive, Share


class Convolution(NamedTuple):
    """One layer."""

    channels: Count
    kernel: Count
    stride: Count


class DqnSettings(Settings):
    """DQN; the paper (D.7) says no more than its name, so this is the DQN paper (Mnih et al., 2015, Extended Data Table 1).

    Batch, step size, discount, buffer, clip and the widths of the layers after the convolutions are those of `sac`.
    """

    convolutions: Annotated[tuple[Convolution, ...], Field(min_length=1)] = Field(
        (Convolution(32, 8, 4), Convolution(64, 4, 2), Convolution(64, 3, 1)),
        description="channels, kernel and stride of each convolution, of the reward's encoder too (DQN paper)",
    )
    target_period: Count = Field(10_000, description="updates between two copies of the networks into the targets (DQN paper)")
    double: bool = Field(False, description="the network chooses the next action, its target values it (van Hasselt, 2016)")
    epsilon_start: Share = Field(1.0, description="share of random actions after the seed steps (DQN paper)")
    epsilon_end: Share = Field(0.1, description="the same from epsilon_steps on (DQN paper)")
    epsilon_steps: Count = Field(
        1_000_000,
        description="steps after seed_steps, of all agents of a seed together, in which it falls to that (DQN paper)",
    )
    evaluation_epsilon: Share = Field(0.05, description="share of random actions in evaluation (DQN paper)")
    reward_clip: Positive | None = Field(1.0, description="the task's rewards are clipped to +- it, null: not (DQN paper)")
