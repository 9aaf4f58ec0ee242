"""What every job shares: files, states that survive a kill, provenance, progress, checkpoints, and the command line."""
