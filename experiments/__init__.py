"""Experiments behind decisions: what was tried, and is not part of the pipeline."""
