"""Fixtures that several folders of tests share."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest
import torch

from tests import forks
from tests.copies import ROOT, copy_project

# torch.optim loads it, whose LLVM crashes a process that has drawn before with Mesa's, in software.
with suppress(ImportError):
    import_module("triton")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start what takes longest first, by the seconds of its mark `slow`: at the end no worker then waits for another.

    What shares a worker (xdist_group) counts together.
    """
    seconds: Counter[str] = Counter()
    for item in items:
        seconds[_unit(item)] += sum(mark.args[0] for mark in item.iter_markers("slow"))
    items.sort(key=lambda item: -seconds[_unit(item)])


def _unit(item: pytest.Item) -> str:
    group = item.get_closest_marker("xdist_group")
    return group.args[0] if group else item.nodeid


@pytest.fixture(autouse=True)
def _one_thread_in_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test in the repository's root, with one torch thread: several are slower when cores are shared."""
    monkeypatch.chdir(ROOT)
    torch.set_num_threads(1)


@pytest.fixture
def opengl() -> None:
    """Skip where there is nothing to draw with."""
    from kmyriad.envs.opengl import OpenGLError, check_opengl  # not for every test

    try:
        check_opengl()
    except OpenGLError as error:
        pytest.skip(str(error))


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 128 KiB, mounted for one test."""
    mount = tmp_path / "disk"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(mount)]
    if os.getuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("mounting a small tmpfs needs root")
    yield mount
    subprocess.run(["umount", str(mount)], check=True)


@pytest.fixture
def read_only(tiny_disk: Path) -> Path:
    """An empty folder that nobody, root included, can write to."""
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    return tiny_disk


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the project, without anybody's results."""
    return copy_project(tmp_path / "checkout")


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Such a copy that tests share because they make nothing in it."""
    return copy_project(tmp_path_factory.mktemp("untouched") / "checkout")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder whose programs "python" and "snakemake" are those of tests/forks.py, for as long as the tests run."""
    folder = tmp_path_factory.mktemp("forks")
    # -P: the files beside it are not modules of the jobs.
    command = [sys.executable, "-P", forks.__file__, str(forks.install(folder))]
    with subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        yield folder
        process.terminate()


@pytest.fixture
def forked_jobs(server: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Snakemake, and its rules' "python", be the server's."""
    monkeypatch.setenv("KMYRIAD_FORKS", str(server))
