"""One module a tracker, found by its name: see `kmyriad.jobs.tracking.Tracker` for what is in it."""
