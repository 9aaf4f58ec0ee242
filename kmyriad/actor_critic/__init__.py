"""Clipped policy steps with a critic: what the trust-region update of pretraining and PPO fine-tuning share."""

from kmyriad.actor_critic.learner import ActorCritic
from kmyriad.actor_critic.samples import Samples, by_head

__all__ = ["ActorCritic", "Samples", "by_head"]
