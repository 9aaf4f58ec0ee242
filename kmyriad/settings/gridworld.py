"""Grid worlds (De Paola et al., 2025): training of parallel agents and of the single one, data sets, offline Q-learning."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from kmyriad.settings.base import Count, Seed, Settings, Unique

ARMS = ("parallel", "single")
Arm = Annotated[Literal["parallel", "single"], Field(description="m agents of one trajectory each, or one agent of m")]
Share = Annotated[float, Field(ge=0, le=1)]


class VariantSettings(Settings):
    """One way to train; the defaults are those of the authors' code."""

    learning_rate: Annotated[float, Field(gt=0)] = Field(
        0.15, description="step size (authors' code; the paper's Appendix B says 0.1 that decays)"
    )
    decay: Annotated[float, Field(gt=0, le=1)] = Field(1.0, description="factor of the step size after each update")
    baseline: bool = Field(False, description="subtract the batch's mean entropy from each one (ours: less variance)")
    infinite: bool = Field(False, description="maximise the entropy of the exact expected visits instead (infinite trials)")


VARIANTS = {
    "plain": VariantSettings(),
    "baseline": VariantSettings(baseline=True),
    "decayed": VariantSettings(learning_rate=0.1, decay=0.999),
    "infinite": VariantSettings(infinite=True),
}
"""The authors' code, with a baseline, Appendix B to the letter, and the objective of infinitely many trajectories."""


class OfflineQSettings(Settings):
    """Offline Q-learning (Section 6 and Appendix C.3) and its test."""

    minibatches: Count = Field(100, description="minibatches drawn from a data set (Appendix C.3: episodes)")
    batch: Count = Field(20, description="transitions of a minibatch, drawn with replacement")
    alpha: Annotated[float, Field(gt=0, le=1)] = Field(0.1, description="learning rate")
    gamma: Share = Field(0.99, description="discount factor")
    episodes: Count = Field(10, description="greedy test episodes of each goal (authors' code)")
    long_limit: Count = Field(200, description="steps of a test episode in the authors' code; reported beside horizon + 1")


class GridworldSettings(Settings):
    """All of the grid worlds' part of the pipeline."""

    worlds: Unique[str] = Field(
        ("room-det", "room-stoc", "maze-det", "maze-stoc"), description="what kmyriad.gridworld.world takes (Appendix B)"
    )
    agents: Unique[Count] = Field((2, 4, 6), description="numbers of parallel agents, m (Section 6)")
    seeds: Unique[Seed] = Field((0, 1, 2, 42, 133), description="trained side by side (Appendix B)")
    updates: Count = Field(10_000, description="policy updates (Appendix B: episodes)")
    batch: Count = Field(40, description="samples of m trajectories an update, |B| (Appendix B)")
    block: Count = Field(50, description="updates whose mean is one row of metrics.csv, so that git can hold it (ours)")
    variants: dict[str, VariantSettings] = Field(VARIANTS, min_length=1, description="what is trained, by its name in paths")
    datasets: Count = Field(20, description="data sets of each seed, averaged (ours: the paper shows one)")
    offline_q: OfflineQSettings = OfflineQSettings()
    theorem_agents: tuple[Count, ...] = Field(
        (1, 2, 4, 8), min_length=1, description="numbers of agents that Theorems 4.1 and A.2 are checked with (ours)"
    )

    @model_validator(mode="after")
    def _check(self) -> "GridworldSettings":
        check_block(self.block, self.updates)
        if "plain" not in self.variants:
            raise ValueError("variants lacks 'plain', which figures and data sets are made of: add plain: {}")
        return self


def check_block(block: int, updates: int) -> None:
    """Raise ValueError unless blocks of `block` updates fill `updates`."""
    if updates % block:
        raise ValueError(f"block = {block} does not divide updates = {updates}: the last row of the metrics would be short")


def label_of(world: str) -> str:
    """Return what paths and tables call `world`: its name, "map-..." for map:<path>."""
    return "".join(letter if letter.isalnum() or letter in "._-" else "-" for letter in world)


def map_files(world: str) -> list[Path]:
    """Return the file that `world` is drawn in, if it is a map of its own."""
    return [Path(world.removeprefix("map:"))] if world.startswith("map:") else []


class GridworldTrainJob(Settings):
    """Everything that determines the training of one arm, all seeds side by side."""

    world: str
    agents: Count
    arm: Arm
    variant: VariantSettings
    seeds: tuple[Seed, ...] = Field(min_length=1)
    updates: Count
    batch: Count
    block: Count

    @model_validator(mode="after")
    def _check(self) -> "GridworldTrainJob":
        check_block(self.block, self.updates)
        return self


class GridworldDatasetsJob(Settings):
    """Everything that determines the data sets of one world and what offline Q-learning makes of them, beside the policies."""

    world: str
    seeds: tuple[Seed, ...] = Field(min_length=1, description="in the order of the policies")
    datasets: Count
    offline_q: OfflineQSettings


class GridworldFigureJob(Settings):
    """What a figure of the grid worlds needs to know beside its numbers."""

    worlds: tuple[str, ...] = Field(min_length=1, description="in the order of the panels")
    agents: tuple[Count, ...] = Field(min_length=1, description="numbers of agents that are drawn")
    note: str = Field("", description="one line below the panels")


class TheoremJob(Settings):
    """What the checks of the paper's theorems need to know."""

    world: str
    agents: tuple[Count, ...] = Field(min_length=1, description="numbers of agents that are compared")
    seeds: tuple[Seed, ...] = Field(min_length=1)
    note: str = Field("", description="one line below the panels")
