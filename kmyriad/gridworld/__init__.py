"""PGPSE: parallel state entropy on grid worlds (De Paola et al., 2025), the exact and discrete twin of K-Myriad."""

from kmyriad.gridworld.concentration import deviations, samples_needed, tails
from kmyriad.gridworld.coverage import Coverage, coverage, visited
from kmyriad.gridworld.frank_wolfe import Oracles, frank_wolfe
from kmyriad.gridworld.frank_wolfe_rates import rates
from kmyriad.gridworld.max_entropy import max_entropy
from kmyriad.gridworld.occupancy import Specialisation, entropy, occupancy, probabilities, specialisation
from kmyriad.gridworld.planning import occupancy_of, plan
from kmyriad.gridworld.rollout import Trajectories, sample
from kmyriad.gridworld.train import Training, train
from kmyriad.gridworld.worlds import ACTIONS, WORLDS, World, parse, world

__all__ = [
    "ACTIONS",
    "WORLDS",
    "Coverage",
    "Oracles",
    "Specialisation",
    "Training",
    "Trajectories",
    "World",
    "coverage",
    "deviations",
    "entropy",
    "frank_wolfe",
    "max_entropy",
    "occupancy",
    "occupancy_of",
    "parse",
    "plan",
    "probabilities",
    "rates",
    "sample",
    "samples_needed",
    "specialisation",
    "tails",
    "train",
    "visited",
    "world",
]
