"""Rewards of novelty: the collaborative one of the paper, and those of its baselines."""
