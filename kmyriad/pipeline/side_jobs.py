"""The settings of the jobs of the comparison, as `kmyriad.pipeline.jobs`."""

from kmyriad.settings.collaborative.arm import CollaborativeSettings
from kmyriad.settings.config import Config
from kmyriad.settings.side_by_side import SideFinetuneJob, SideMeasureJob, SideSacJob, SideTrainJob


def train(config: Config, place: str, method: str, seed: str) -> SideTrainJob:
    """Return the settings of one method's training on one task of the comparison."""
    side = config.side_by_side
    training = side.training(place, method)
    off_policy = isinstance(training, CollaborativeSettings)
    return SideTrainJob(
        task=side.named(place),
        method=method,
        seed=int(seed),
        agents=side.agents,
        points=side.points,
        trajectories=side.trajectories,
        k=side.k,
        noises=side.noises,
        pretrain=side.pretrain if off_policy or training is None else training,
        collaborative=training if off_policy else None,
        checkpoint_seconds=config.pretrain.checkpoint_seconds,
    )


def measure(config: Config, place: str, method: str, seed: str) -> SideMeasureJob:
    """Return the settings of what is measured of one method's agents."""
    side = config.side_by_side
    return SideMeasureJob(task=side.named(place), seed=int(seed), trajectories=side.trajectories, k=side.k)


def finetune(config: Config, place: str, method: str, goal: str, seed: str) -> SideFinetuneJob:
    """Return the settings of PPO from one method's best agent; all methods have the same."""
    side = config.side_by_side
    return SideFinetuneJob(
        task=side.named(place),
        goal=int(goal),
        seed=int(seed),
        finetune=side.downstream(place),
        checkpoint_seconds=config.pretrain.checkpoint_seconds,
    )


def sac(config: Config, place: str, method: str, goal: str, seed: str) -> SideSacJob:
    """Return the settings of the soft actor-critic that goes on from one method's best agent; all methods have the same."""
    side = config.side_by_side
    return SideSacJob(
        task=side.named(place),
        method=method,
        goal=int(goal),
        seed=int(seed),
        settings=side.continuing(place),
        choosing=side.finetune.envs,
        checkpoint_seconds=config.pretrain.checkpoint_seconds,
    )
