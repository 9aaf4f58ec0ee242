"""Files are whole or absent; locks die with their holder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kmyriad.jobs.files import StageError, exclusive, write_atomically


def test_writes_and_leaves_no_temporary_file(tmp_path: Path) -> None:
    write_atomically(tmp_path / "new" / "a.txt", lambda path: path.write_text("whole"))
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.txt"]
    assert (tmp_path / "new" / "a.txt").read_text() == "whole"


def test_failure_keeps_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("before")

    def half(path: Path) -> None:
        path.write_text("hal")
        raise OSError(28, "No space left on device")

    with pytest.raises(StageError, match=r"cannot write .*a\.txt: .*No space left on device.*; make room"):
        write_atomically(target, half)
    assert target.read_text() == "before"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_full_disk(tiny_disk: Path) -> None:
    target = tiny_disk / "state"
    write_atomically(target, lambda path: path.write_bytes(b"x" * 1000))
    with pytest.raises(StageError, match="No space left on device"):
        write_atomically(target, lambda path: path.write_bytes(b"y" * 1_000_000))
    assert target.read_bytes() == b"x" * 1000
    assert os.listdir(tiny_disk) == ["state"]


def test_read_only_folder(read_only: Path) -> None:
    for target in (read_only / "a.txt", read_only / "new" / "a.txt"):
        with pytest.raises(StageError, match=r"cannot write .*a\.txt: .*Read-only file system.*; make room or give permission"):
            write_atomically(target, lambda path: path.write_text("whole"))


def test_second_holder_is_refused_and_told_who_holds(tmp_path: Path) -> None:
    lock = tmp_path / "job.lock"
    with (
        exclusive(lock, "the job"),
        pytest.raises(StageError, match=f"the job is already running .process {os.getpid()}"),
        exclusive(lock, "the job"),
    ):
        pass
    with exclusive(lock, "the job"):
        pass


def test_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    lock = tmp_path / "job.lock"
    script = (
        "import sys, time; from pathlib import Path; from kmyriad.jobs.files import exclusive\n"
        "with exclusive(Path(sys.argv[1]), 'x'):\n print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(lock)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StageError, match="already running"), exclusive(lock, "x"):
            pass
        holder.kill()
    with exclusive(lock, "x"):
        pass
