"""What `kmyriad play` does."""

from math import isfinite

import torch

from kmyriad.jobs.environments import Goal
from kmyriad.play.cast import Request, assemble
from kmyriad.play.episode import horizon
from kmyriad.play.video import check_video, goal_disc, write_video
from kmyriad.play.window import check_display, show

LONGEST = 300
"""Simulated seconds: the pictures of a .gif are kept in memory, 4.4 MB a second."""


def play(request: Request) -> None:
    """Say in one line what is played, and show it: in a window until that is closed, or as a video.

    Raises:
        StageError, ValueError, ImportError: as `kmyriad.play.cast.assemble`; a video that cannot be written.
        OpenGLError: there is nothing to draw with.
    """
    if request.seconds is not None and not (isfinite(request.seconds) and 0 < request.seconds <= LONGEST):
        raise ValueError(f"--seconds must be a number above 0 and at most {LONGEST}, got {request.seconds:g}")
    if request.video is None:
        check_display()
    else:
        check_video(request.video)
    torch.set_num_threads(1)
    cast = assemble(request)
    try:
        print(cast.about, flush=True)
        actions = horizon(cast, request.seconds)
        if request.video is None:
            show(cast, actions, goal_disc(cast), again=request.seconds is None)
        else:
            write_video(cast, actions, request.video)
    finally:
        cast.simulation.close()


def goal_of(text: str) -> Goal:
    """Return the point x,y in metres; ValueError if `text` is none."""
    try:
        x, y = (float(each) for each in text.split(","))
    except ValueError:
        raise ValueError(f"--goal takes x,y in metres, e.g. 4,-2 (--goal=-4,2 where x is negative), got {text!r}") from None
    return x, y
