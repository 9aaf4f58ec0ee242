"""What every clipped update needs to know: PPO's settings, shared by pretraining and fine-tuning."""

from typing import Annotated

from pydantic import Field

from kmyriad.settings.base import Count, Settings, unless_default

Positive = Annotated[float, Field(gt=0)]


class ClippedSettings(Settings):
    """Clipped steps with a value network (Schulman et al. 2017); the numbers are Table 3's."""

    value_learning_rate: Positive = Field(3e-4, description="Adam's step size of the value network")
    value_hidden: tuple[Count, ...] = Field((256, 256), min_length=1, description="widths of the value network")
    gamma: Annotated[float, Field(gt=0, le=1)] = Field(0.99, description="discount factor")
    gae_lambda: Annotated[float, Field(ge=0, le=1)] = Field(0.95, description="GAE parameter")
    clip: Positive = Field(0.15, description="clipping range of the probability ratio")
    entropy_coefficient: Annotated[float, Field(ge=0)] = Field(0.0, description="weight of the policy's entropy")
    value_coefficient: Positive = Field(0.5, description="weight of the value loss")
    max_grad_norm: Positive = Field(0.5, description="gradients are clipped to this 2-norm, per network")
    passes: Count = Field(3, description="passes over each rollout, at most; N_epoch")
    # Not in the paper; what public PPO implementations do.
    normalise_advantage: bool = Field(True, description="advantages of a rollout to mean 0 and standard deviation 1")
    # Not in the paper.
    kl_limit: Annotated[Positive | None, unless_default(None)] = Field(
        None, description="no further pass once the mean KL from the policy that acted exceeds it, nats; null: no limit"
    )
    head_kl_limit: Annotated[Positive | None, unless_default(None)] = Field(
        None, description="a head whose own KL exceeds it learns no more in this epoch, nats; null: no limit"
    )
