"""Rollouts: policies acting in environments."""

from kmyriad.rollout.collect import collect, play
from kmyriad.rollout.failure import TrainingFailure, simulation_fault
from kmyriad.rollout.trajectory import Trajectory

__all__ = ["TrainingFailure", "Trajectory", "collect", "play", "simulation_fault"]
