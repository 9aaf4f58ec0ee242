"""Rollouts: policies acting in environments."""

from kmyriad.rollout.collect import collect, play
from kmyriad.rollout.epochs import EpochRollouts
from kmyriad.rollout.failure import TrainingFailure, simulation_fault
from kmyriad.rollout.loop import run_epochs
from kmyriad.rollout.streams import Purpose, random_seeds
from kmyriad.rollout.trajectory import Trajectory, sound_environments

__all__ = [
    "EpochRollouts",
    "Purpose",
    "TrainingFailure",
    "Trajectory",
    "collect",
    "play",
    "random_seeds",
    "run_epochs",
    "simulation_fault",
    "sound_environments",
]
