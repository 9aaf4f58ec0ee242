"""Where rows of metrics also go as they are made; no part of a job's settings, which decide what is made anew."""

from pathlib import Path

from kmyriad.settings.base import Settings

VARIABLE = "KMYRIAD_TRACK"
"""Environment variable with `TrackSettings` as JSON. No argument of the jobs: Snakemake would make everything anew."""


class TrackSettings(Settings):
    """What the workflow tells its jobs by an environment variable (VARIABLE)."""

    trackers: tuple[str, ...] = ()
    results: Path = Path("results")
    """The folder of the scale's results; trackers write into <results>/tracked."""
