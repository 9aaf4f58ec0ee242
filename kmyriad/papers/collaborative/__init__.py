"""Collaborative Exploration (anonymous, under review): figures, tables and claims."""
