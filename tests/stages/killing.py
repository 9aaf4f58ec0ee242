"""Jobs that are killed in the middle."""

import signal
import subprocess
import sys
import time
from pathlib import Path


def kill_once_saved(module: str, arguments: list[str], state: Path) -> None:
    """Run `python -m module` with `arguments` and kill it as soon as it has saved `state`.

    Raises:
        AssertionError: it ends by itself, or saves nothing within 90 seconds.
    """
    with subprocess.Popen([sys.executable, "-m", module, *arguments], stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 90
        while not state.exists():
            assert process.poll() is None and time.monotonic() < deadline, process.stderr.read()
            time.sleep(0.002)
        process.kill()
    assert process.returncode == -signal.SIGKILL
