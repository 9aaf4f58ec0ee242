"""Environments behind one protocol, whatever simulates them. Simulators are imported when an environment is made."""

from kmyriad.envs.checker import check
from kmyriad.envs.registry import make, make_in_mujoco, probe, register
from kmyriad.envs.vec_env import VecEnv

__all__ = ["VecEnv", "check", "make", "make_in_mujoco", "probe", "register"]
