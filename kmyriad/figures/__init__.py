"""Figures: one file each, from a DataFrame to a matplotlib Figure."""
