"""The whole of config/config.yaml."""

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from kmyriad.names import choose
from kmyriad.settings.base import Count, Seed, Settings, Unique, check_unique
from kmyriad.settings.collaborative.study import CollaborativeStudy
from kmyriad.settings.environment import EnvironmentSettings
from kmyriad.settings.gallery import GalleryEntry, GallerySettings
from kmyriad.settings.gridworld import GridworldSettings
from kmyriad.settings.jumpstart import FinetuneSettings, GoalSettings, JumpstartSettings, heads_of
from kmyriad.settings.pretrain import PretrainSettings, check_heads, check_run
from kmyriad.settings.side_by_side import SideBySideSettings
from kmyriad.settings.studies import (
    BridgeSettings,
    ControlSettings,
    CoverageSettings,
    Fig4Settings,
    Fig6Settings,
    Fig10Settings,
    Training,
)
from kmyriad.settings.sweep import SweepSettings
from kmyriad.settings.tracking import TrackSettings


class DiversitySettings(Settings):
    """What a trained policy's heads visit, and how far apart that is (Table 1, Figs. 8 and 13)."""

    envs: Count = Field(1000, description="trajectories of all heads together (Section 7.1)")
    k: Count = Field(5, description="which nearest neighbour the divergence estimate uses")
    # Metres, of the authors' heat maps.
    extent: tuple[float, float, float, float] = Field(
        (-20.0, 20.0, -12.0, 12.0), description="x low, x high, y low, y high of the maps, in metres"
    )


class Config(Settings):
    """The whole of config/config.yaml."""

    scale: str = Field("paper", description="name of the scale, shown in figures")
    results: str = Field("results/paper", description="folder of everything that is made")
    environments: Unique[EnvironmentSettings]
    heads: Unique[Count] = (1, 10, 50)
    seeds: Unique[Seed] = (0, 1, 56, 123)
    seeds_together: bool = Field(
        False, description="whether one job pretrains all seeds of a setting, one after the other; the bytes are the same"
    )
    beside: tuple[str, ...] = Field(
        ("pgpse", "collaborative"),
        description="folders of kmyriad/papers that the target all makes beside K-Myriad's, where there are ants",
    )
    track: Annotated[tuple[str, ...], BeforeValidator(check_unique)] = Field(
        (),
        description="trackers that get every row of metrics as it is made: modules of kmyriad/jobs/trackers",
    )
    pretrain: PretrainSettings = PretrainSettings()
    jumpstart: JumpstartSettings = JumpstartSettings()
    diversity: DiversitySettings = DiversitySettings()
    coverage: CoverageSettings = CoverageSettings()
    control: ControlSettings = ControlSettings()
    fig4: Fig4Settings = Fig4Settings()
    fig6: Fig6Settings = Fig6Settings()
    fig10: Fig10Settings = Fig10Settings()
    sweep: SweepSettings = SweepSettings()
    gridworld: GridworldSettings = GridworldSettings()
    bridge: BridgeSettings = BridgeSettings()
    collaborative: CollaborativeStudy = CollaborativeStudy()
    side_by_side: SideBySideSettings = SideBySideSettings()
    gallery: GallerySettings = GallerySettings()

    @model_validator(mode="after")
    def _check(self) -> "Config":
        for heads in self.heads:
            check_run(self.pretrain, heads, "pretrain", "heads")
            check_heads(heads, self.diversity.envs, "diversity.envs", "heads")
            check_heads(heads, self.coverage.envs, "coverage.envs", "heads")
        for init in self.jumpstart.inits:
            source = "jumpstart.random_heads" if init == "random" else f"jumpstart.inits, {init}"
            check_heads(heads_of(init, self.jumpstart.random_heads), self.pretrain.envs, "pretrain.envs", source)
        own = [self.fig4.environment.label, self.bridge.environment.label]
        check_unique([*(environment.label for environment in self.environments), *own])
        self.trainings()
        for entry in self.hung():
            self._check_entry(entry)
        return self

    def _check_entry(self, entry: GalleryEntry) -> None:
        source = f"gallery, {entry.name}"
        if entry.heads is not None:
            check_run(self.trainings()[entry.environment].pretrain, entry.heads, "pretrain", source)
            return
        heads_of(entry.init or "", self.jumpstart.random_heads)
        goals = sum(each.number for each in self.goals(entry.environment))
        if entry.goal >= goals:
            raise ValueError(f"{source}: goal {entry.goal} does not exist: {entry.environment} has goals 0 .. {goals - 1}")

    def trainings(self) -> dict[str, Training]:
        """Return every label of a pretraining run's path with what it means.

        What concerns none of `environments` has no runs: Figs. 6 and 10 and the control where theirs is not among them,
        Fig. 4 where there is no ant. The runs of the bridge are made where its figure is asked for.
        """
        found = {environment.label: Training(environment, self.pretrain) for environment in self.environments}
        if any(environment.is_ant for environment in self.environments):
            found |= self.fig4.trainings()
        found |= self.bridge.trainings()
        for study in (self.fig6, self.fig10):
            if study.environment in found:
                found |= study.trainings(*found[study.environment])
        if self.sweep.grid:
            chosen = choose(self.sweep.environment, [each.label for each in self.environments], "environment in sweep")
            found |= self.sweep.trainings(*found[chosen])
        for label in self.controlled:
            found |= self.control.trainings(*found[label])
        return found

    def hung(self) -> list[GalleryEntry]:
        """Return the entries of the gallery whose environment has runs."""
        return [entry for entry in self.gallery.entries if entry.environment in self.trainings()]

    @property
    def papers(self) -> list[str]:
        """What the target `all` makes: the other papers' systems are no part of somebody's own environments."""
        return ["myriad", *(self.beside if any(environment.is_ant for environment in self.environments) else ())]

    @property
    def tracking(self) -> TrackSettings:
        """What jobs need to know to track, beside their own settings."""
        return TrackSettings(trackers=self.track, results=Path(self.results))

    @property
    def controlled(self) -> list[str]:
        """The labels of `environments` in which the other update is run as well."""
        return [each.label for each in self.environments if each.label in self.control.environments]

    def environment(self, label: str) -> EnvironmentSettings:
        """Return the environment that paths call `label`."""
        return self.trainings()[label].environment

    def seeds_of(self, label: str) -> tuple[int, ...]:
        """Return the seeds of the pretraining runs that paths call `label`."""
        own = {self.fig4.environment.label: (self.fig4.seed,), self.bridge.environment.label: self.bridge.seeds}
        return own.get(label, self.seeds)

    def visits(self, label: str) -> int:
        """Return in how many trajectories the trained policies of `label` act once more."""
        return self.bridge.visits if label == self.bridge.environment.label else self.diversity.envs

    def tasks(self, environment: EnvironmentSettings, inside: bool = False) -> range:
        """Return the indices of the goals outside the radius, or of those `inside` it; without goals there is one task, 0."""
        if not environment.takes_goals:
            return range(0 if inside else 1)
        outside, end = self.jumpstart.goals.number, self.jumpstart.goals.number + self.jumpstart.inside.number
        return range(outside, end) if inside else range(outside)

    def goals(self, label: str) -> tuple[GoalSettings, ...]:
        """Return the sets of goals of the environment that paths call `label`."""
        if label == self.fig4.environment.label:
            return (GoalSettings(points=self.fig4.goals),)
        return (self.jumpstart.goals, self.jumpstart.inside)

    def finetune(self, label: str, init: str) -> FinetuneSettings:
        """Return the PPO settings of a run in `label` that starts from `init`."""
        return self.fig4.finetune if label == self.fig4.environment.label else self.jumpstart.finetune_from(init)
