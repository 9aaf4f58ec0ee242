"""Collaborative Exploration: agents that share data and reward each other's novelty. dm_control loads late."""

from kmyriad.collaborative.evaluate import score
from kmyriad.collaborative.intrinsic.encoder import info_nce
from kmyriad.collaborative.intrinsic.reward import collaborative_reward
from kmyriad.collaborative.tasks.by_name import make_pool
from kmyriad.collaborative.train import Block, CollaborativeTraining, SeedBlock
from kmyriad.settings.collaborative.tasks import TASKS

__all__ = [
    "TASKS",
    "Block",
    "CollaborativeTraining",
    "SeedBlock",
    "collaborative_reward",
    "info_nce",
    "make_pool",
    "score",
]
