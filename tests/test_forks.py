"""A forked job is what the same command is in a process of its own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.workflow.smoke import environment

PROBE = """
import os, subprocess, sys
import kmyriad.probed
print(__name__, sys.argv[1:], os.getcwd(), os.environ["WORD"], "torch" in sys.modules, kmyriad.probed.__file__)
subprocess.run(["true"], check=True)
print("beside", file=sys.stderr)
exec(sys.argv[1])
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A package kmyriad of another folder, which jobs must take."""
    (tmp_path / "kmyriad").mkdir()
    for name, text in (("__init__", ""), ("probed", ""), ("probe", PROBE)):
        (tmp_path / f"kmyriad/{name}.py").write_text(text)
    return tmp_path


def run(copy: Path, code: str) -> subprocess.CompletedProcess:
    command = ["python", "-m", "kmyriad.probe", code]
    variables = {**environment(copy), "WORD": "said"}
    return subprocess.run(command, cwd=copy, env=variables, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize(
    ("code", "returned", "said"),
    [
        ("pass", 0, ""),
        ("sys.exit()", 0, ""),
        ("sys.exit(3)", 3, ""),
        ("sys.exit('error: wrong')", 1, "error: wrong\n"),
        ("raise ValueError('wrong')", 1, "ValueError: wrong\n"),
    ],
)
def test_streams_and_exit_codes(copy: Path, forked_jobs: None, code: str, returned: int, said: str) -> None:
    done = run(copy, code)
    assert done.returncode == returned, done.stderr
    assert done.stdout == f"__main__ ['{code}'] {copy} said True {copy}/kmyriad/probed.py\n".replace(f"['{code}']", str([code]))
    assert done.stderr.startswith("beside\n") and done.stderr.endswith(said)


def test_a_killed_job_fails(copy: Path, forked_jobs: None) -> None:
    assert run(copy, "os.kill(os.getpid(), 9)").returncode == 1
    assert run(copy, "pass").returncode == 0, "the next one goes well"


def test_jobs_run_side_by_side(copy: Path, forked_jobs: None) -> None:
    # The first one ends when the second one lets it.
    waits = "\nwhile not os.path.exists('second'): pass"
    with subprocess.Popen(["python", "-m", "kmyriad.probe", waits], cwd=copy, env={**environment(copy), "WORD": ""}) as first:
        time.sleep(0.1)
        assert run(copy, "open('second', 'w').close()").returncode == 0
        assert first.wait(60) == 0


def test_other_commands_are_pythons_own(forked_jobs: None) -> None:
    command = ["python", "-c", "import sys; print(sys.prefix, 'torch' in sys.modules)"]
    done = subprocess.run(command, env=environment(Path.cwd()), capture_output=True, text=True, check=True)
    assert done.stdout.split() == [sys.prefix, "False"]
    assert signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL and "KMYRIAD_FORKS" in os.environ
