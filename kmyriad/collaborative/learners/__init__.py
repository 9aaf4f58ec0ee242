"""Agents that learn from shared data: soft actor-critics, and the paper's baselines."""
