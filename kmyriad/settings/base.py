"""What all settings have in common."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Count = Annotated[int, Field(gt=0)]
Seed = Annotated[int, Field(ge=0)]
OnFailure = Annotated[
    Literal["freeze", "stop"],
    Field(
        description="freeze: an environment whose simulation failed is left out of the epoch; stop: the job stops",
        # The default stays out of what Snakemake compares and what saved states are filed under, so that jobs from before
        # this setting existed are not run again.
        exclude_if=lambda value: value == "freeze",
    ),
]


class Settings(BaseModel):
    """Base of all settings: immutable, and a key that does not exist is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)
