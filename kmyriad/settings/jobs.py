"""Everything that determines one job of the pipeline, beside its input files: what Snakemake hands to a stage."""

from typing import Annotated

from pydantic import Field, model_validator

from kmyriad.settings.base import Count, LogStdRange, Seed, Settings
from kmyriad.settings.clipped import Positive
from kmyriad.settings.environment import EnvironmentSettings
from kmyriad.settings.jumpstart import FinetuneSettings, GoalSettings
from kmyriad.settings.pretrain import PretrainSettings, check_heads


class PretrainJob(Settings):
    """Everything that determines one pretraining run."""

    environment: EnvironmentSettings
    heads: Count
    seed: Seed
    pretrain: PretrainSettings

    @model_validator(mode="after")
    def _check(self) -> "PretrainJob":
        check_heads(self.heads, self.pretrain.envs, "pretrain.envs", "heads")
        return self


class PretrainSeedsJob(Settings):
    """Pretraining runs that share a process: those of all seeds of one setting."""

    jobs: tuple[PretrainJob, ...] = Field(min_length=1)


class VisitJob(Settings):
    """Everything that determines the visits of one trained policy."""

    environment: EnvironmentSettings
    seed: Seed
    envs: Count
    horizon: Count
    threads: Count


class CoverageJob(Settings):
    """Everything that determines how far a policy goes, beside the policy."""

    environment: EnvironmentSettings
    seed: Seed
    envs: Count
    batch: Count = Field(description="trajectories of a batch in training")
    horizon: Count
    k: Count
    threads: Count


class UntrainedCoverageJob(CoverageJob):
    """Everything that determines how far untrained policies of one shape go, by their noise."""

    heads: Count
    noises: tuple[Positive, ...] = Field(min_length=1, description="standard deviations of u")
    pretrain: PretrainSettings = Field(description="of the policy's shape")
    log_std_range: LogStdRange


class DiversityJob(Settings):
    """Everything that determines the divergence between the heads of one policy, beside its visits."""

    k: Count
    threads: Count


class GoalsJob(Settings):
    """Everything that determines the goals of one environment."""

    environment: EnvironmentSettings
    goals: tuple[GoalSettings, ...] = Field(min_length=1, description="sets of goals, which are numbered through")


class InitialiseJob(Settings):
    """Everything that determines an untrained policy, beside what untrained ones reach by noise."""

    environment: EnvironmentSettings
    heads: Count
    seed: Seed
    pretrain: PretrainSettings = Field(description="of the policy's shape")
    log_std_range: LogStdRange


class EvaluateHeadsJob(Settings):
    """Everything that determines the evaluation of a policy's heads, beside the policy and the goals."""

    environment: EnvironmentSettings
    goal: Annotated[int, Field(ge=0, description="which of the environment's goals")]
    seed: Seed
    envs: Count
    horizon: Count
    rollouts: Count
    threads: Count


class FinetuneJob(Settings):
    """Everything that determines one fine-tuning run, beside the actor and the goals."""

    environment: EnvironmentSettings
    goal: Annotated[int, Field(ge=0, description="which of the environment's goals")]
    seed: Seed
    finetune: FinetuneSettings
    checkpoint_seconds: float
    threads: Count


class ClaimsJob(Settings):
    """What the verdicts on the paper's claims need to know beside the runs."""

    scale: str = Field(description="name of the scale, beside each verdict")
    epochs: Count = Field(description="updates of an ordinary run, with which the long run is compared")
    update: str = Field(description="of the pretraining runs whose path names none")


class GoalMapsJob(Settings):
    """What the maps of the goals need to know beside the goals and the runs."""

    environments: tuple[EnvironmentSettings, ...] = Field(min_length=1, description="one row each")
    radius: Annotated[float, Field(gt=0, description="metres from the start that separate the goals inside from those outside")]
    note: str = ""


class FigureJob(Settings):
    """What a figure needs to know beside its numbers."""

    environments: tuple[str, ...] = Field(min_length=1, description="labels, in the order of the panels (Fig. 6: curves)")
    note: str = Field("", description="one line below the panels")
    extent: tuple[float, float, float, float] = Field((-20.0, 20.0, -12.0, 12.0), description="of maps, metres")


class CoverageFigureJob(FigureJob):
    """What the figure of trained policies beside untrained noise needs to know beside its numbers."""

    update: str = Field(description="of the runs whose path names none")


class SceneJob(Settings):
    """What the pictures of the terrains need to know."""

    environments: tuple[EnvironmentSettings, ...] = Field(min_length=1, description="ants, in the order of the panels")
    note: str = Field("", description="one line below the panels")


class WalkJob(Settings):
    """Everything that determines the moving picture of a policy's heads, beside the policy."""

    environment: EnvironmentSettings
    seed: Seed
    horizon: Count
    threads: Count
    width: Count = Field(400, description="of the picture, in pixels")
    height: Count = Field(308, description="of the picture, in pixels")


class Fig4Job(Settings):
    """What the heat maps of a point maze need to know beside the visits."""

    environment: EnvironmentSettings
    note: str = Field("", description="one line below the panels")
    bins: Count = Field(50, description="cells along each axis of a map")


class BridgeJob(Settings):
    """What the comparison of K-Myriad and PGPSE on one map needs to know beside their visits and policies."""

    world: str
    agents: tuple[Count, ...] = Field(min_length=1, description="numbers of trajectories that are pooled")
    seeds: tuple[Seed, ...] = Field(min_length=1, description="in the order of PGPSE's policies")
    visits: Count = Field(description="trajectories of all agents of PGPSE together")
    shown: Count = Field(description="number of agents whose territories are drawn")
    note: str = Field("", description="one line below the panels")
