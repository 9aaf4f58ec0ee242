"""Where the rules' "python" comes from."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workflow import forks


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder whose program "python" is that of tests/workflow/forks.py, for as long as the tests run."""
    folder = tmp_path_factory.mktemp("forks")
    # -P: the files beside it are not modules of the jobs.
    command = [sys.executable, "-P", forks.__file__, str(forks.install(folder))]
    with subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        yield folder
        process.terminate()


@pytest.fixture
def forked_jobs(server: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the rules' "python" be the server's."""
    monkeypatch.setenv("KMYRIAD_FORKS", str(server))
