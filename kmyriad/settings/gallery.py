"""The gallery: trained heads that are worth seeing, small enough for git."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from kmyriad.settings.base import Count, Seed, Settings, check_unique
from kmyriad.settings.environment import EnvironmentSettings


class GalleryEntry(Settings):
    """One file of the gallery: a head of a pretrained policy (`heads`), or an actor after PPO (`init`)."""

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", description="of its files: letters, digits and hyphens")
    shows: str = Field(min_length=1, description="what there is to see, one sentence")
    environment: str = Field(description="label of the environment of its training")
    seed: Seed
    heads: Count | None = Field(None, description="heads of the pretrained policy that it is taken from")
    head: Literal["farthest", "opposite"] | Annotated[int, Field(ge=0)] = Field(
        "farthest",
        description="farthest: the head whose mean action ends farthest from the start; opposite: the one that ends farthest "
        "from where that ends; or an index",
    )
    init: str | None = Field(None, description="what PPO started from, e.g. heads10 (jumpstart.inits)")
    goal: Annotated[int, Field(ge=0)] = Field(0, description="which of the environment's goals PPO was given")

    @model_validator(mode="after")
    def _check(self) -> "GalleryEntry":
        if (self.heads is None) == (self.init is None):
            raise ValueError(f"{self.name}: give either heads, for a pretrained head, or init, for an actor after PPO")
        if self.heads is not None and isinstance(self.head, int) and self.head >= self.heads:
            raise ValueError(f"{self.name}: head {self.head} does not exist: there are 0 .. {self.heads - 1}")
        return self

    @property
    def run(self) -> str:
        """The folder of its checkpoint, below that of all checkpoints."""
        if self.init is None:
            return f"pretrain/{self.environment}/heads{self.heads}/seed{self.seed}"
        return f"finetune/{self.environment}/{self.init}/goal{self.goal}/seed{self.seed}"


class GallerySettings(Settings):
    """What `snakemake gallery` makes, and where."""

    folder: str = Field("gallery", description="folder of the files, which git holds")
    entries: tuple[GalleryEntry, ...] = Field((), description="one file each; those of absent environments are left out")

    @model_validator(mode="after")
    def _check(self) -> "GallerySettings":
        check_unique([entry.name for entry in self.entries])
        return self

    def named(self, name: str) -> GalleryEntry:
        """Return the entry called `name`."""
        return next(entry for entry in self.entries if entry.name == name)


class GalleryJob(Settings):
    """Everything that determines one file of the gallery, beside the policy and the goals."""

    name: str
    shows: str
    environment: EnvironmentSettings
    head: Literal["farthest", "opposite"] | Annotated[int, Field(ge=0)]
    goal: Annotated[int, Field(ge=0)] | None = Field(description="which of the environment's goals; none for pretrained heads")
    seed: Seed
    horizon: Count
    threads: Count
