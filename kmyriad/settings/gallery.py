"""Single heads that are worth seeing, which git keeps in gallery/."""

from typing import Annotated, Literal

from pydantic import Field

from kmyriad.settings.base import Count, Seed, Settings
from kmyriad.settings.environment import EnvironmentSettings

Head = Annotated[int, Field(ge=0)] | Literal["farthest"]


class Exhibit(Settings):
    """One head of a pretrained policy."""

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", description="of its files, gallery/<name>.safetensors and .json")
    environment: str = Field(description="label of the training; left out where it is none of environments")
    heads: Count = Field(description="of the policy")
    seed: Seed
    head: Head = Field("farthest", description="number from 0, or the one that gets farthest from the start by its mean action")


class ExhibitJob(Settings):
    """Everything that determines which head is taken, beside the policy."""

    environment: EnvironmentSettings
    horizon: Count = Field(description="control steps that the heads are compared over")
    head: Head
