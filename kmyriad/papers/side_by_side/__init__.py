"""The three systems side by side on the same tasks (ours): figures, a table and claims."""
