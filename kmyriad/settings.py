"""All settings, typed, each defined once. Defaults are the paper's; config/*.yaml holds what differs and why.

The JSON schema that Snakemake validates against is made from these classes: python -m kmyriad.stages.schema
"""

from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

Count = Annotated[int, Field(gt=0)]
Seed = Annotated[int, Field(ge=0)]


class Settings(BaseModel):
    """Base of all settings: immutable, and a key that does not exist is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class EnvironmentSettings(Settings):
    """One environment and what enters its entropy; in a config, the bare name stands for all defaults."""

    name: str = Field(description="what kmyriad.envs.make takes, e.g. ant-maze or gymnasium:HalfCheetah-v5")
    label: str = Field("", pattern=r"^[\w.-]*$", description="its name in paths and figures; default: from `name`")
    backend: str = Field("mujoco", description="which simulator runs the ants")
    # The authors' code takes the torso's x and y alone.
    features: tuple[str, ...] = Field(("x", "y"), min_length=1, description="features whose entropy is maximised")
    settings: dict[str, object] = Field({}, description="further settings of kmyriad.envs.make")

    @model_validator(mode="before")
    @classmethod
    def _label_from_name(cls, raw: object) -> object:
        values = {"name": raw} if isinstance(raw, str) else raw
        if isinstance(values, dict) and isinstance(values.get("name"), str) and not values.get("label"):
            label = "".join(c if c.isalnum() or c in "._-" else "-" for c in values["name"])
            return {**values, "label": label}
        return values

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string"}, handler.resolve_ref_schema(handler(core))]}


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
    log_std_range: tuple[float, float] = Field((-5.0, 2.0), description="range of the log standard deviation")
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

    @model_validator(mode="after")
    def _check(self) -> "PretrainSettings":
        if self.k >= self.envs * self.horizon:
            raise ValueError(
                f"k = {self.k} needs more particles than envs * horizon = {self.envs * self.horizon}: lower k or raise envs"
            )
        if min(self.learning_rate) > 1:
            raise ValueError("learning_rate must say what holds from 1 head on, e.g. {1: 2.0e-4}")
        if self.log_std_range[0] >= self.log_std_range[1]:
            raise ValueError(f"log_std_range must rise, got {list(self.log_std_range)}")
        return self

    def learning_rate_of(self, heads: int) -> float:
        """Return Adam's initial step size for a policy of `heads` heads: that of the largest listed number <= heads."""
        return self.learning_rate[max(listed for listed in self.learning_rate if listed <= heads)]

    def decayed(self, rate: float, epoch: int) -> float:
        """Return `rate` times `decay` for each milestone that `epoch` (from 0) has reached."""
        return rate * self.decay ** sum(epoch >= milestone for milestone in self.milestones)


class DiversitySettings(Settings):
    """What a trained policy's heads visit, and how far apart that is (Table 1, Figs. 8 and 13)."""

    envs: Count = Field(1000, description="trajectories of all heads together (Section 7.1)")
    k: Count = Field(5, description="which nearest neighbour the divergence estimate uses")
    # Metres, of the authors' heat maps.
    extent: tuple[float, float, float, float] = Field(
        (-20.0, 20.0, -12.0, 12.0), description="x low, x high, y low, y high of the maps, in metres"
    )


class VisitJob(Settings):
    """Everything that determines the visits of one trained policy."""

    environment: EnvironmentSettings
    seed: Seed
    envs: Count
    horizon: Count
    threads: Count


class DiversityJob(Settings):
    """Everything that determines the divergence between the heads of one policy, beside its visits."""

    k: Count
    threads: Count


class FigureJob(Settings):
    """What a figure needs to know beside its numbers."""

    environments: tuple[str, ...] = Field(min_length=1, description="labels, in the order of the panels")
    note: str = Field("", description="one line below the panels")
    extent: tuple[float, float, float, float] = Field((-20.0, 20.0, -12.0, 12.0), description="of maps, metres")


class PretrainJob(Settings):
    """Everything that determines one pretraining run."""

    environment: EnvironmentSettings
    heads: Count
    seed: Seed
    pretrain: PretrainSettings

    @model_validator(mode="after")
    def _check(self) -> "PretrainJob":
        check_heads(self.heads, self.pretrain.envs, "pretrain.envs")
        return self


def _unique(values: object) -> object:
    if isinstance(values, list) and len({str(value) for value in values}) < len(values):
        raise ValueError(f"lists something twice: {values}")
    return values


class Config(Settings):
    """The whole of config/config.yaml."""

    scale: str = Field("paper", description="name of the scale, shown in figures")
    results: str = Field("results/paper", description="folder of everything that is made")
    environments: Annotated[tuple[EnvironmentSettings, ...], BeforeValidator(_unique)] = Field(min_length=1)
    heads: Annotated[tuple[Count, ...], BeforeValidator(_unique)] = Field((1, 10, 50), min_length=1)
    seeds: Annotated[tuple[Seed, ...], BeforeValidator(_unique)] = Field((0, 1, 56, 123), min_length=1)
    pretrain: PretrainSettings = PretrainSettings()
    diversity: DiversitySettings = DiversitySettings()

    @model_validator(mode="after")
    def _check(self) -> "Config":
        for heads in self.heads:
            check_heads(heads, self.pretrain.envs, "pretrain.envs")
            check_heads(heads, self.diversity.envs, "diversity.envs")
        _unique([environment.label for environment in self.environments])
        return self

    def environment(self, label: str) -> EnvironmentSettings:
        """Return the environment that paths and figures call `label`."""
        return next(environment for environment in self.environments if environment.label == label)


def check_heads(heads: int, envs: int, setting: str) -> None:
    """Raise ValueError unless `heads` heads can share the `envs` environments of `setting` evenly."""
    if envs % heads:
        below, above = envs - envs % heads, envs - envs % heads + heads
        near = f"{below} or {above}" if below else f"{above}"
        raise ValueError(f"{heads} heads do not divide {setting} = {envs}: take {near} environments or other heads")
