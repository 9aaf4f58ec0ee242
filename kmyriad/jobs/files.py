"""Files that are either whole or not there, and locks that die with their holder."""

import csv
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from safetensors import SafetensorError


class StageError(Exception):
    """A stage cannot go on; the message is one line that names the culprit and the remedy."""


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, flush it to disk and rename it: `path` is never half-written.

    Raises:
        StageError: the file could not be written (disk full, no permission); what was at `path` before is still there.
    """
    temporary = _temporary(path, os.getpid())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(temporary)
        _flush(temporary)
        os.replace(temporary, path)
        _flush(path.parent)
    except (OSError, SafetensorError) as error:
        raise StageError(f"cannot write {path}: {error}; make room or give permission and run the same command again") from error
    finally:
        with suppress(OSError):  # the folder may be a file: that error has been told already
            temporary.unlink()


def leftovers(path: Path) -> list[Path]:
    """Return the temporary files of `path`: where nobody writes it, those of processes that were killed."""
    return list(path.parent.glob(_temporary(path, "*").name))


def write_rows(path: Path, rows: list[dict[str, float]]) -> None:
    """Write `rows`, which all have the keys of the first, to `path` as CSV, atomically."""

    def write(temporary: Path) -> None:
        with open(temporary, "w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    write_atomically(path, write)


@contextmanager
def exclusive(path: Path, what: str) -> Iterator[None]:
    """Hold the lock file `path` while the block runs; the system releases it when the process dies, however it dies.

    Raises:
        StageError: another process holds it, or its folder can't be used.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = open(path, "a+")  # noqa: SIM115, closed by the block below
    except OSError as error:
        raise StageError(f"cannot use the folder {path.parent}: {error}; give permission or choose another") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise StageError(
                f"{what} is already running (process {file.read().strip() or 'unknown'} holds {path}): "
                "wait for it or stop it, then run the same command again"
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()} on {os.uname().nodename}")
        file.flush()
        yield
        path.unlink(missing_ok=True)


def _temporary(path: Path, process: int | str) -> Path:
    return path.with_name(f".{path.name}.{process}.tmp")


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
