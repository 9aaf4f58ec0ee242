"""The figures that need runs of their own: an illustration (Fig. 4), trajectory budgets (Fig. 6), a long run (Fig. 10), and the
bridge to the grid worlds."""

from typing import Annotated, NamedTuple

from pydantic import Field, model_validator

from kmyriad.settings.base import Count, LogStdRange, Seed, Settings, Unique
from kmyriad.settings.clipped import Positive
from kmyriad.settings.environment import EnvironmentSettings
from kmyriad.settings.jumpstart import FinetuneSettings, Point
from kmyriad.settings.pretrain import PretrainSettings, check_heads, check_run, check_std


class Training(NamedTuple):
    """What pretraining under one label (the first folder of a run's path) means."""

    environment: EnvironmentSettings
    pretrain: PretrainSettings


class Fig4Settings(Settings):
    """Section 6.1's example: two heads divide a point maze, then PPO goes to each goal from each head. The sizes are ours."""

    environment: EnvironmentSettings = EnvironmentSettings.model_validate("pointmaze-ring")
    heads: Count = 2
    seed: Seed = 0
    # In 4 s a ball gets halfway round: in longer episodes one head alone covers the whole ring.
    pretrain: PretrainSettings = PretrainSettings(
        envs=100, horizon=40, epochs=100, trunk=(64, 64), adapter=64, learning_rate={1: 1e-3}, milestones=()
    )
    finetune: FinetuneSettings = FinetuneSettings(
        envs=100,
        horizon=40,
        env_steps=200_000,
        policy_learning_rate=3e-4,
        value_learning_rate=1e-3,
        value_hidden=(64, 64),
        warmup=2,
        minibatch_rows=10,
    )
    goals: tuple[Point, ...] = Field(((2.0, 1.0), (-2.0, 1.0)), min_length=1, description="goals (x, y) in metres")

    def trainings(self) -> dict[str, Training]:
        """Return label and settings of the pretraining run."""
        check_run(self.pretrain, self.heads, "fig4.pretrain", "fig4.heads")
        return {self.environment.label: Training(self.environment, self.pretrain)}


class Fig6Settings(Settings):
    """The same training with more and more trajectories an update (Fig. 6)."""

    environment: str = Field("ant-empty", description="label of one of the environments; the paper doesn't name its own")
    heads: Count = 10
    envs: Annotated[tuple[Count, ...], Field(min_length=2)] = (500, 1000, 2000, 3000, 4000)

    def label(self, envs: int) -> str:
        """Return what paths call the run with `envs` trajectories."""
        return f"{self.environment}@envs{envs}"

    def trainings(self, environment: EnvironmentSettings, pretrain: PretrainSettings) -> dict[str, Training]:
        """Return label and settings of each run."""
        for envs in self.envs:
            check_heads(self.heads, envs, "fig6.envs", "fig6.heads")
        check_run(pretrain, self.heads, "pretrain", "fig6.heads", envs=False)
        return {self.label(envs): Training(environment, pretrain.model_copy(update={"envs": envs})) for envs in self.envs}


class Fig10Settings(Settings):
    """The same training for more updates (Fig. 10)."""

    environment: str = Field("ant-empty", description="label of one of the environments")
    heads: tuple[Count, ...] = Field((1, 10, 50), min_length=1, description="numbers of heads")
    epochs: Count = Field(1000, description="policy updates")

    @property
    def label(self) -> str:
        """What paths call the run."""
        return f"{self.environment}@epochs{self.epochs}"

    def trainings(self, environment: EnvironmentSettings, pretrain: PretrainSettings) -> dict[str, Training]:
        """Return label and settings of the run."""
        for heads in self.heads:
            check_run(pretrain, heads, "pretrain", "fig10.heads")
        return {self.label: Training(environment, pretrain.model_copy(update={"epochs": self.epochs}))}


class ControlSettings(Settings):
    """The other update at the same number of samples, beside the runs of Fig. 5 (ours)."""

    environments: tuple[str, ...] = Field((), description="labels of environments that have the control")

    def label(self, environment: str, pretrain: PretrainSettings) -> str:
        """Return what paths call the control's runs in `environment`: <environment>@gradient or @trust-region."""
        return f"{environment}@{self._other(pretrain)}"

    def trainings(self, environment: EnvironmentSettings, pretrain: PretrainSettings) -> dict[str, Training]:
        """Return label and settings of the run; both updates start from the same noise."""
        change = {"update": self._other(pretrain), "trust_region": None, "grow": None}
        return {self.label(environment.label, pretrain): Training(environment, pretrain.model_copy(update=change))}

    @staticmethod
    def _other(pretrain: PretrainSettings) -> str:
        return "gradient" if pretrain.update == "trust-region" else "trust-region"


class CoverageSettings(Settings):
    """How policies are compared with one another and with untrained noise (ours)."""

    envs: Count = Field(1000, description="trajectories of all heads together, the same for all numbers of heads and budgets")
    noises: Unique[Positive] = Field(
        (0.2, 0.4, 0.7, 1.2, 2.0, 2.7, 4.0), description="standard deviations of u of the untrained policies"
    )
    log_std_range: LogStdRange = Field((-5.0, 2.0), description="range of the log standard deviation of untrained policies")

    @model_validator(mode="after")
    def _check(self) -> "CoverageSettings":
        for noise in self.noises:
            check_std(noise, self.log_std_range, "noises")
        return self


class BridgeSettings(Settings):
    """K-Myriad on the map of a grid world, beside PGPSE on the same map; all sizes are ours."""

    environment: EnvironmentSettings = EnvironmentSettings.model_validate("gridworld:room-det")
    heads: Unique[Count] = Field((1, 2, 4, 6), description="numbers of heads; 1 is the single agent")
    seeds: Unique[Seed] = Field((0, 1, 2, 42, 133), description="those of the grid worlds")
    visits: Count = Field(1200, description="trajectories of all heads together that are compared")
    # As many actions as PGPSE's trajectories in Room.
    pretrain: PretrainSettings = PretrainSettings(
        envs=600, horizon=7, epochs=600, trunk=(64, 64), adapter=64, learning_rate={1: 3e-4}, milestones=()
    )

    @model_validator(mode="after")
    def _check(self) -> "BridgeSettings":
        if not self.environment.name.startswith("gridworld:"):
            raise ValueError(f"environment is {self.environment.name!r}: the bridge needs a grid world, e.g. gridworld:room-det")
        return self

    @property
    def world(self) -> str:
        """The grid world."""
        return self.environment.name.removeprefix("gridworld:")

    def trainings(self) -> dict[str, Training]:
        """Return label and settings of the runs."""
        for heads in self.heads:
            check_run(self.pretrain, heads, "bridge.pretrain", "bridge.heads")
            check_heads(heads, self.visits, "bridge.visits", "bridge.heads")
        return {self.environment.label: Training(self.environment, self.pretrain)}
