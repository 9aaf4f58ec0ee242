"""Where rows of metrics also go as they are made; no part of a job's settings, which decide what is made anew."""

from pathlib import Path

from kmyriad.settings.base import Settings


class TrackSettings(Settings):
    """What the workflow tells its jobs by an environment variable (kmyriad.jobs.tracking.VARIABLE)."""

    trackers: tuple[str, ...] = ()
    results: Path = Path("results")
    """The folder of the scale's results; trackers write into <results>/tracked."""
