"""Unsupervised pretraining (Table 2)."""

from itertools import pairwise
from math import exp
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from kmyriad.settings.base import Count, Item, LogStdRange, OnFailure, Settings, unless_default
from kmyriad.settings.clipped import ClippedSettings, Positive


def _without_nulls(grow: object) -> object:
    """Return `grow` without the epochs whose number of heads is null: configs are merged key by key."""
    return {epoch: heads for epoch, heads in grow.items() if heads is not None} if isinstance(grow, dict) else grow


def _in_order(values: dict[int, Item]) -> dict[int, Item]:
    """Return `values` by rising keys: what jobs are told apart by must not depend on the order in which configs were merged."""
    return dict(sorted(values.items()))


Growth = Annotated[
    dict[Annotated[int, Field(ge=0)], Count],
    AfterValidator(_in_order),
    BeforeValidator(_without_nulls, json_schema_input_type=dict[int, Count | None]),
]
"""Heads by epoch."""
Rates = Annotated[dict[Count, Positive], AfterValidator(_in_order), Field(min_length=1)]
"""Adam's step size by the number of heads at and above which it holds."""


def rate_of(rates: dict[int, float], heads: int) -> float:
    """Return the step size for a policy of `heads` heads: that of the largest listed number <= heads."""
    return rates[max(listed for listed in rates if listed <= heads)]


class TrustRegionSettings(ClippedSettings):
    """Several clipped steps a batch on the same collective entropy (ours; Schulman et al. 2017 where no source is named)."""

    learning_rate: Rates = Field({1: 1e-4}, description="Adam's step size by the number of heads from which it holds")
    last_rate: Annotated[float, Field(gt=0, le=1)] = Field(
        1.0, description="both step sizes of the last epoch as a share of the first's; they fall linearly"
    )
    minibatch: Count = Field(250, description="samples of one step, all heads together; each has as many of them")
    clip: Positive = Field(0.2, description="clipping range of the probability ratio")
    passes: Count = Field(10, description="passes over each batch, at most")
    kl_limit: Positive | None = Field(
        0.075, description="no further pass once the mean KL from the policy that acted exceeds it, nats; null: no limit"
    )
    value_learning_rate: Positive = Field(1e-4, description="Adam's step size of the value network")
    standardise: bool = Field(True, description="observations to mean 0 and std 1 by running statistics, part of the policy")
    first_mean_gain: Positive = Field(0.01, description="factor of the weights of the means at the start")

    @model_validator(mode="after")
    def _check(self) -> "TrustRegionSettings":
        check_from_one_head(self.learning_rate, "learning_rate")
        return self


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
    learning_rate: Rates = Field({1: 2e-4, 50: 5e-4}, description="Adam's step size by the number of heads from which it holds")
    milestones: tuple[Count, ...] = Field((30, 80), description="epochs at which the learning rate is multiplied by decay")
    decay: Annotated[float, Field(gt=0, le=1)] = Field(0.5, description="gamma of the schedule")
    # Not in the paper.
    max_grad_norm: Annotated[float, Field(gt=0)] = Field(1.0, description="gradients are clipped to this 2-norm")
    minibatch: Count = Field(4000, description="samples of one backward pass; bounds memory, has no effect on the step")
    checkpoint_seconds: Annotated[float, Field(ge=0)] = Field(30.0, description="at least so long between saved states")
    threads: Count = Field(1, description="CPU threads of one job")
    on_failure: OnFailure = "freeze"
    # Not in the paper, from here on; the defaults leave Algorithm 1 as it is.
    update: Annotated[Literal["gradient", "trust-region"], unless_default("gradient")] = Field(
        "gradient", description="gradient: one step a batch, Algorithm 1; trust-region: many clipped steps a batch"
    )
    trust_region: Annotated[TrustRegionSettings | None, unless_default(None)] = Field(
        None, description="settings of the update trust-region, which learning_rate to minibatch above do not concern"
    )
    initial_std: Annotated[Positive | None, unless_default(None)] = Field(
        None, description="standard deviation of u at the start; null: what random weights give, 0.2 to 0.3"
    )
    grow: Annotated[Growth | None, unless_default(None)] = Field(
        None,
        description="heads by the epoch from which they train, at most as many as the run has; new ones are copies; "
        "null in place of a number takes an epoch of another config back",
    )
    grow_jitter: Annotated[float, Field(ge=0), unless_default(0.3)] = Field(
        0.3, description="noise of the copies' own weights, as a share of those weights' standard deviation"
    )

    @model_validator(mode="after")
    def _check(self) -> "PretrainSettings":
        if self.k >= self.envs * self.horizon:
            raise ValueError(
                f"k = {self.k} needs more particles than envs * horizon = {self.envs * self.horizon}: lower k or raise envs"
            )
        check_from_one_head(self.learning_rate, "learning_rate")
        if self.trust_region is not None and self.update == "gradient":
            raise ValueError("trust_region is set and update is gradient, which has no use for it: set update to trust-region")
        if self.initial_std is not None:
            check_std(self.initial_std, self.log_std_range, "initial_std")
        if self.grow is not None:
            check_growth(self.grow)
        return self

    @property
    def clipped(self) -> TrustRegionSettings:
        """The settings of the update trust-region."""
        return self.trust_region or TrustRegionSettings()

    def rate(self, heads: int, epoch: int) -> float:
        """Return Adam's step size for a policy of `heads` heads in `epoch` (from 0), its decay included."""
        if self.update == "trust-region":
            return rate_of(self.clipped.learning_rate, heads) * self.annealing(epoch)
        return rate_of(self.learning_rate, heads) * self.decay ** sum(epoch >= milestone for milestone in self.milestones)

    def annealing(self, epoch: int) -> float:
        """Return the share of the first step size that the update trust-region has in `epoch`."""
        return 1 - (1 - self.clipped.last_rate) * epoch / max(1, self.epochs - 1)

    def heads_at(self, heads: int, epoch: int) -> int:
        """Return how many of the `heads` heads of a run train in `epoch`."""
        if self.grow is None:
            return heads
        return min(heads, self.grow[max(listed for listed in self.grow if listed <= epoch)])


def check_std(std: float, log_std_range: tuple[float, float], setting: str) -> None:
    """Raise ValueError unless `std`, of `setting`, lies inside the range of the log standard deviation."""
    low, high = (exp(bound) for bound in log_std_range)
    if not low < std < high:
        raise ValueError(
            f"{setting} = {std:g} is outside log_std_range, which reaches from {low:.3g} to {high:.3g}: "
            "choose another or widen the range"
        )


def check_from_one_head(rates: dict[int, float], name: str) -> None:
    """Raise ValueError unless `rates` say what holds from one head on."""
    if min(rates) > 1:
        raise ValueError(f"{name} must say what holds from 1 head on, e.g. {{1: 2.0e-4}}")


def check_growth(grow: dict[int, int]) -> None:
    """Raise ValueError unless the heads of `grow` start at epoch 0 and each number of them divides the next, larger one."""
    if 0 not in grow:
        raise ValueError(f"grow says nothing of epoch 0: start it with one, e.g. {{0: 1, {min(grow, default=200)}: 10}}")
    epochs = sorted(grow)
    for earlier, later in pairwise(epochs):
        few, many = grow[earlier], grow[later]
        if many <= few or many % few:
            raise ValueError(
                f"grow: {few} heads at epoch {earlier}, then {many} at epoch {later}: take a larger multiple of {few}"
            )


def check_run(pretrain: "PretrainSettings", heads: int, setting: str, source: str, envs: bool = True) -> None:
    """Raise ValueError unless a run of `heads` heads, of setting `source`, can have the settings `pretrain`, called `setting`.

    `envs`: whether its number of environments is that of `pretrain`.
    """
    if envs:
        check_heads(heads, pretrain.envs, f"{setting}.envs", source)
    if pretrain.update == "trust-region":
        size = pretrain.clipped.minibatch
        if size % heads:
            near = max(1, round(size / heads)) * heads
            raise ValueError(f"{source}: {heads} heads do not divide {setting}.trust_region.minibatch = {size}: take {near}")
    if pretrain.grow is None:
        return
    stages = {pretrain.heads_at(heads, epoch) for epoch in pretrain.grow}
    if max(stages) < heads:
        raise ValueError(f"{source}: {setting}.grow ends at {max(stages)} heads and never reaches {heads}: add an epoch for them")
    if any(heads % stage for stage in stages):
        raise ValueError(f"{source}: {setting}.grow passes {sorted(stages)[-2]} heads, which do not divide {heads}")


def check_heads(heads: int, envs: int, setting: str, source: str) -> None:
    """Raise ValueError unless the `heads` heads of setting `source` can share the `envs` environments of `setting` evenly."""
    if envs % heads:
        below, above = envs - envs % heads, envs - envs % heads + heads
        near = f"{below} or {above}" if below else f"{above}"
        raise ValueError(f"{source}: {heads} heads do not divide {setting} = {envs}: take {near} environments or other heads")
