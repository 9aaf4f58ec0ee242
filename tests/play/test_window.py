"""A real window of MuJoCo's viewer, where there is a display or one in memory."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.play.conftest import Write


@pytest.mark.slow(6)
def test_a_window_opens_plays_and_closes(write: Write) -> None:
    display = [] if os.environ.get("DISPLAY") else [shutil.which("xvfb-run"), "-a"]
    if None in display:
        pytest.skip("there is neither a display nor xvfb-run")
    play = [sys.executable, "-m", "kmyriad", "play", str(write()), "--goal", "2,1", "--seconds", "1"]
    done = subprocess.run([*map(str, display), *play], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "heads 0, 1, 2 of 3, git 0123456789; goal 2,1 m, mean actions" in done.stdout
