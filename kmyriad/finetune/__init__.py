"""Fine-tuning: one head learns a task of its own."""

from kmyriad.finetune.ppo import PPO, Update

__all__ = ["PPO", "Update"]
