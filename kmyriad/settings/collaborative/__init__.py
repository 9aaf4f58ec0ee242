"""Settings of Collaborative Exploration."""
