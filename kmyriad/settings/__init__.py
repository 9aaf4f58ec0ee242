"""All settings, typed, each defined once. Defaults are the paper's; config/*.yaml holds what differs and why.

The whole of a config is kmyriad.settings.config.Config, which knows all papers. The JSON schema that Snakemake
validates against is made from these classes: python -m kmyriad.pipeline.schema
"""

from kmyriad.settings.clipped import ClippedSettings
from kmyriad.settings.environment import EnvironmentSettings
from kmyriad.settings.jobs import (
    BridgeJob,
    ClaimsJob,
    CoverageFigureJob,
    CoverageJob,
    DiversityJob,
    EvaluateHeadsJob,
    Fig4Job,
    FigureJob,
    FinetuneJob,
    GoalMapsJob,
    GoalsJob,
    InitialiseJob,
    PretrainJob,
    PretrainSeedsJob,
    SceneJob,
    UntrainedCoverageJob,
    VisitJob,
    WalkJob,
)
from kmyriad.settings.jumpstart import FinetuneSettings, GoalSettings, JumpstartSettings
from kmyriad.settings.pretrain import PretrainSettings, TrustRegionSettings
from kmyriad.settings.studies import BridgeSettings, Fig4Settings, Fig6Settings, Fig10Settings, Training

__all__ = [
    "BridgeJob",
    "BridgeSettings",
    "ClaimsJob",
    "ClippedSettings",
    "CoverageFigureJob",
    "CoverageJob",
    "DiversityJob",
    "EnvironmentSettings",
    "EvaluateHeadsJob",
    "Fig4Job",
    "Fig4Settings",
    "Fig6Settings",
    "Fig10Settings",
    "FigureJob",
    "FinetuneJob",
    "FinetuneSettings",
    "GoalMapsJob",
    "GoalSettings",
    "GoalsJob",
    "InitialiseJob",
    "JumpstartSettings",
    "PretrainJob",
    "PretrainSeedsJob",
    "PretrainSettings",
    "SceneJob",
    "Training",
    "TrustRegionSettings",
    "UntrainedCoverageJob",
    "VisitJob",
    "WalkJob",
]
