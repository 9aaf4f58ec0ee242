"""Rollouts: policies acting in environments."""

from kmyriad.rollout.collect import collect
from kmyriad.rollout.trajectory import Trajectory

__all__ = ["Trajectory", "collect"]
