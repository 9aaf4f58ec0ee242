"""Which run a file belongs to, read off its path.

Every result lies in <results>/<rule>/<run>/<file>, and every kind of run has a pattern of its own, e.g. that of pretraining
{environment}/heads{heads}/seed{seed}; the environment is <environment>@envs<n> or <environment>@epochs<n> where a figure needs
other settings than the rest. The workflow's rules and the stages that read their results share these patterns.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

import pandas as pd

from kmyriad.jobs.files import StageError
from kmyriad.settings.gridworld import ARMS


class Run(NamedTuple):
    """One pretraining: environment, number of heads and seed."""

    environment: str
    heads: int
    seed: int


class Budget(NamedTuple):
    """One pretraining with its number of trajectories an update."""

    environment: str
    envs: int
    heads: int
    seed: int


class FinetuneRun(NamedTuple):
    """One fine-tuning: environment, way to start, goal and seed."""

    environment: str
    init: str
    goal: int
    seed: int


class GridworldRun(NamedTuple):
    """One training of all seeds; `agents` is m, in the single arm the trajectories of the one agent."""

    world: str
    variant: str
    agents: int
    arm: str


R = TypeVar("R", bound=tuple)


@dataclass(frozen=True)
class RunPath(Generic[R]):
    """Where the runs of one kind lie: `pattern` with the fields of `run` in braces, whole numbers where they are int.

    choices: what a field may be, where it is not just any name.
    """

    pattern: str
    run: type[R]
    choices: dict[str, Collection[str]] = field(default_factory=dict)

    def of(self, file: str | Path) -> R:
        """Return the run of `file`; StageError if the folder it is in is not one of such a run."""
        number = self.pattern.count("/") + 1
        found = re.fullmatch(self._expression(), "/".join(Path(file).parts[-number - 1 : -1]))
        if not found:
            shown = re.sub(r"\{(\w+)\}", r"<\1>", self.pattern)
            allowed = "".join(f", {name} one of {', '.join(values)}" for name, values in self.choices.items())
            raise StageError(f"{file} is not in a folder {shown}{allowed}")
        kinds = self.run.__annotations__
        return self.run(**{name: int(text) if kinds[name] is int else text for name, text in found.groupdict().items()})

    def files(self, folder: str, name: str, **fields: object) -> list[str]:
        """Return the files `name` of all runs below `folder`: every combination of the fields' values, or of single ones."""
        values = [[value] if isinstance(value, str | int) else list(value) for value in fields.values()]  # type: ignore[call-overload]
        runs = (dict(zip(fields, combination, strict=True)) for combination in product(*values))
        return [f"{folder}/{self.pattern.format(**run)}/{name}" for run in runs]

    def _expression(self) -> str:
        def group(match: re.Match) -> str:
            name = match[1]
            any_name = r"\d+" if self.run.__annotations__[name] is int else "[^/]+"
            return f"(?P<{name}>{'|'.join(map(re.escape, self.choices[name])) if name in self.choices else any_name})"

        return re.sub(r"\{(\w+)\}", group, self.pattern)


PRETRAINED = RunPath("{environment}/heads{heads}/seed{seed}", Run)
BUDGETS = RunPath("{environment}@envs{envs}/heads{heads}/seed{seed}", Budget)
FINETUNED = RunPath("{environment}/{init}/goal{goal}/seed{seed}", FinetuneRun)
GRIDWORLDS = RunPath("{world}/{variant}/{arm}{agents}", GridworldRun, {"arm": ARMS})


def read_tables(files: list[str], path: RunPath = PRETRAINED) -> pd.DataFrame:
    """Return the CSV files of several runs as one table, with a column for each field of the run that `path` finds.

    Raises:
        StageError: a file is no table, or not of the same kind as the first.
    """
    tables = [read_table(file) for file in files]
    for file, table in zip(files, tables, strict=True):
        if not {*table} & {*tables[0]}:
            raise StageError(f"{file} and {files[0]} have no column in common: one of them is not what its name says")
    return pd.concat(
        [table.assign(**path.of(file)._asdict()) for file, table in zip(files, tables, strict=True)], ignore_index=True
    )


def read_table(file: str) -> pd.DataFrame:
    """Return the CSV file as a table; StageError if it is none."""
    try:
        return pd.read_csv(file)
    except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError) as error:
        raise StageError(f"{file} is no table ({error}): delete it and make it again".replace("\n", " ")) from None


def of_stage(files: Iterable[str], stage: str) -> list[str]:
    """Return those of `files` that lie in the folder of `stage`."""
    return [file for file in files if stage in Path(file).parts]
