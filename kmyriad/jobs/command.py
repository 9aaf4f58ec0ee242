"""What every stage's command line has in common."""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from kmyriad.jobs.files import StageError
from kmyriad.jobs.records import record_outputs
from kmyriad.settings.errors import describe

Job = TypeVar("Job", bound=BaseModel)


def run(
    stage: Callable[[Job, argparse.Namespace], None],
    job_type: type[Job],
    parser: argparse.ArgumentParser,
    arguments: list[str] | None,
) -> None:
    """Parse the command line with `parser` and --job, the stage's settings as JSON, and call `stage`.

    Outputs of the type `kmyriad.jobs.records.Written` get a record of what made them. Anything that is wrong with the input ends
    the process with one line and exit code 1.
    """
    parser.add_argument("--job", required=True, help=f"settings as JSON (kmyriad.settings.{job_type.__name__})")
    options = parser.parse_args(arguments)
    with one_line_errors():
        try:
            job = job_type.model_validate_json(options.job)
        except ValidationError as error:
            raise StageError(describe(error, job_type)) from None
        started = perf_counter()
        stage(job, options)
        record_outputs(options, job, perf_counter() - started)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """End the process with one line and exit code 1 on anything that is wrong with input, files or simulator."""
    try:
        yield
    except (StageError, ValueError, ImportError, RuntimeError, OSError) as error:
        sys.exit(f"error: {error}")
