"""What a block of training measured: one row of the metrics, with a part for each seed."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class SeedBlock:
    """What one seed's agents did in a block: means over agents and updates, NaN where there was nothing to average."""

    seed: int
    evaluation: float
    """Mean undiscounted task return of the evaluation at the end of the block."""
    task_return: float
    """The same of the episodes that the agents ended in the block, collecting data."""
    intrinsic_mean: float
    """Of the relabelled batches' R_i, before lambda."""
    intrinsic_std: float
    """Standard deviation of R_i within an agent's batch."""
    critic_loss: float
    entropy: float
    """Of the policies, nats."""
    temperature: float
    encoder_loss: float
    """Of what the intrinsic reward learns: InfoNCE, DIAYN's cross entropy, both nats, or RND's mean squared error."""
    also: dict[str, float] = field(default_factory=dict)
    """Evaluations of the same agents in further ways, by `kmyriad.collaborative.evaluate.by_way`'s names."""


@dataclass(frozen=True)
class Block:
    """One row of the metrics: the block's number from 0, and totals at its end; times are those of the block, in seconds."""

    epoch: int
    env_steps: int
    """Of all agents of a seed together."""
    updates: int
    """Of every agent."""
    evaluation: float
    """Mean over the seeds."""
    seconds_training: float
    seconds_evaluation: float
    seeds: tuple[SeedBlock, ...]
