"""Unsupervised pretraining (Table 2)."""

from typing import Annotated

from pydantic import Field, model_validator

from kmyriad.settings.base import Count, LogStdRange, OnFailure, Settings


class PretrainSettings(Settings):
    """Unsupervised pretraining; the numbers are Table 2's unless a source stands beside them."""

    envs: Count = Field(1000, description="environments stepped together, N_env")
    horizon: Count = Field(600, description="control steps of an episode, T")
    epochs: Count = Field(200, description="policy updates (Appendix C, Computational Resources)")
    k: Count = Field(5, description="which nearest neighbour the entropy estimate uses")
    objective: str = Field("entropy", description="what the heads maximise; package.module:function for one's own")
    trunk: tuple[Count, ...] = Field((512, 256), min_length=1, description="widths of the shared layers")
    adapter: Count = Field(256, description="width of each head's own layer")
    # Not in the paper; the range of public code derived from the authors' own.
    log_std_range: LogStdRange = Field((-5.0, 2.0), description="range of the log standard deviation")
    learning_rate: dict[Count, Annotated[float, Field(gt=0)]] = Field(
        {1: 2e-4, 50: 5e-4}, min_length=1, description="Adam's step size by the number of heads at and above which it holds"
    )
    milestones: tuple[Count, ...] = Field((30, 80), description="epochs at which the learning rate is multiplied by decay")
    decay: Annotated[float, Field(gt=0, le=1)] = Field(0.5, description="gamma of the schedule")
    # Not in the paper.
    max_grad_norm: Annotated[float, Field(gt=0)] = Field(1.0, description="gradients are clipped to this 2-norm")
    minibatch: Count = Field(4000, description="samples of one backward pass; bounds memory, has no effect on the step")
    checkpoint_seconds: Annotated[float, Field(ge=0)] = Field(30.0, description="at least so long between saved states")
    threads: Count = Field(1, description="CPU threads of one job")
    on_failure: OnFailure = "freeze"

    @model_validator(mode="after")
    def _check(self) -> "PretrainSettings":
        if self.k >= self.envs * self.horizon:
            raise ValueError(
                f"k = {self.k} needs more particles than envs * horizon = {self.envs * self.horizon}: lower k or raise envs"
            )
        if min(self.learning_rate) > 1:
            raise ValueError("learning_rate must say what holds from 1 head on, e.g. {1: 2.0e-4}")
        return self

    def learning_rate_of(self, heads: int) -> float:
        """Return Adam's initial step size for a policy of `heads` heads: that of the largest listed number <= heads."""
        return self.learning_rate[max(listed for listed in self.learning_rate if listed <= heads)]

    def decayed(self, rate: float, epoch: int) -> float:
        """Return `rate` times `decay` for each milestone that `epoch` (from 0) has reached."""
        return rate * self.decay ** sum(epoch >= milestone for milestone in self.milestones)


def check_heads(heads: int, envs: int, setting: str, source: str) -> None:
    """Raise ValueError unless the `heads` heads of setting `source` can share the `envs` environments of `setting` evenly."""
    if envs % heads:
        below, above = envs - envs % heads, envs - envs % heads + heads
        near = f"{below} or {above}" if below else f"{above}"
        raise ValueError(f"{source}: {heads} heads do not divide {setting} = {envs}: take {near} environments or other heads")
