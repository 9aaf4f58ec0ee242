"""The whole of config/config.yaml."""

from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from kmyriad.settings.base import Count, Seed, Settings
from kmyriad.settings.environment import EnvironmentSettings
from kmyriad.settings.jumpstart import JumpstartSettings, heads_of
from kmyriad.settings.pretrain import PretrainSettings, check_heads


class DiversitySettings(Settings):
    """What a trained policy's heads visit, and how far apart that is (Table 1, Figs. 8 and 13)."""

    envs: Count = Field(1000, description="trajectories of all heads together (Section 7.1)")
    k: Count = Field(5, description="which nearest neighbour the divergence estimate uses")
    # Metres, of the authors' heat maps.
    extent: tuple[float, float, float, float] = Field(
        (-20.0, 20.0, -12.0, 12.0), description="x low, x high, y low, y high of the maps, in metres"
    )


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
    jumpstart: JumpstartSettings = JumpstartSettings()
    diversity: DiversitySettings = DiversitySettings()

    @model_validator(mode="after")
    def _check(self) -> "Config":
        for heads in self.heads:
            check_heads(heads, self.pretrain.envs, "pretrain.envs", "heads")
            check_heads(heads, self.diversity.envs, "diversity.envs", "heads")
        for init in self.jumpstart.inits:
            source = "jumpstart.random_heads" if init == "random" else f"jumpstart.inits, {init}"
            check_heads(heads_of(init, self.jumpstart.random_heads), self.pretrain.envs, "pretrain.envs", source)
        _unique([environment.label for environment in self.environments])
        return self

    def environment(self, label: str) -> EnvironmentSettings:
        """Return the environment that paths and figures call `label`."""
        return next(environment for environment in self.environments if environment.label == label)
