"""One Ant, whatever simulates it: body, terrains, observations and tasks."""
