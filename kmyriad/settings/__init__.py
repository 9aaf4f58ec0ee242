"""All settings, typed, each defined once. Defaults are the paper's; config/*.yaml holds what differs and why.

The JSON schema that Snakemake validates against is made from these classes: python -m kmyriad.stages.schema
"""

from kmyriad.settings.config import Config, DiversitySettings
from kmyriad.settings.environment import EnvironmentSettings
from kmyriad.settings.jobs import (
    DiversityJob,
    EvaluateHeadsJob,
    FigureJob,
    FinetuneJob,
    GoalsJob,
    InitialiseJob,
    PretrainJob,
    VisitJob,
)
from kmyriad.settings.jumpstart import FinetuneSettings, GoalSettings, JumpstartSettings
from kmyriad.settings.pretrain import PretrainSettings

__all__ = [
    "Config",
    "DiversityJob",
    "DiversitySettings",
    "EnvironmentSettings",
    "EvaluateHeadsJob",
    "FigureJob",
    "FinetuneJob",
    "FinetuneSettings",
    "GoalSettings",
    "GoalsJob",
    "InitialiseJob",
    "JumpstartSettings",
    "PretrainJob",
    "PretrainSettings",
    "VisitJob",
]
