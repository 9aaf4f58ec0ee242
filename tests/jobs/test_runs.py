"""Paths of runs: a file is written where it is looked for, and read as the run that it is of."""

from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmyriad.jobs.files import StageError
from kmyriad.jobs.runs import BUDGETS, FINETUNED, GRIDWORLDS, PRETRAINED, Run, RunPath, of_stage, read_tables
from kmyriad.papers.collaborative.runs import TRAININGS

PATHS = (PRETRAINED, BUDGETS, FINETUNED, GRIDWORLDS, TRAININGS)
# What labels are made of; @ separates the environment from a figure's own settings.
NAMES = st.from_regex(r"[\w.-]+", fullmatch=True).filter(lambda name: name not in (".", ".."))


@st.composite
def runs(draw: st.DrawFn, path: RunPath) -> tuple:
    """A run that `path` can hold."""
    fields = {
        name: draw(
            st.sampled_from(sorted(path.choices[name])) if name in path.choices else NAMES if kind is str else st.integers(0)
        )
        for name, kind in path.run.__annotations__.items()
    }
    return path.run(**fields)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.run.__name__)
@settings(deadline=None)
@given(data=st.data(), folder=st.sampled_from(["results/smoke/checkpoints/stage", "/made"]))
def test_a_file_is_read_as_the_run_it_was_written_for(path: RunPath, data: st.DataObject, folder: str) -> None:
    run = data.draw(runs(path))
    (file,) = path.files(folder, "metrics.csv", **run._asdict())
    assert file.startswith(f"{folder}/") and file.endswith("/metrics.csv")
    assert path.of(file) == run
    # And back: the same file of the run that was read.
    assert path.files(folder, "metrics.csv", **path.of(file)._asdict()) == [file]


@settings(deadline=None)
@given(st.lists(NAMES, unique=True, max_size=3), st.sets(st.integers(1), max_size=3), st.sets(st.integers(0), max_size=3))
def test_lists_of_values_are_all_combinations(environments: list[str], heads: set[int], seeds: set[int]) -> None:
    files = PRETRAINED.files("made", "metrics.csv", environment=environments, heads=sorted(heads), seed=sorted(seeds))
    assert [PRETRAINED.of(file) for file in files] == [Run(*run) for run in product(environments, sorted(heads), sorted(seeds))]


def test_known_paths() -> None:
    assert PRETRAINED.files("made", "metrics.csv", environment="ant-maze", heads=(1, 10), seed=range(1)) == [
        "made/ant-maze/heads1/seed0/metrics.csv",
        "made/ant-maze/heads10/seed0/metrics.csv",
    ]
    assert BUDGETS.of("made/ant-cave@envs40/heads2/seed1/metrics.csv") == ("ant-cave", 40, 2, 1)
    # The same file, to a figure that does not care for its budget.
    assert PRETRAINED.of("made/ant-cave@envs40/heads2/seed1/metrics.csv") == ("ant-cave@envs40", 2, 1)
    assert GRIDWORLDS.of("room-det/plain/parallel4/metrics.csv") == ("room-det", "plain", 4, "parallel")


class Numbered(NamedTuple):
    """A run with a number."""

    name: str
    number: int


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("made/ant/heads1/metrics.csv", "is not in a folder <name>/<number>, name one of ant, ball"),
        ("ant/metrics.csv", "ant/metrics.csv is not in a folder"),
        ("made/cat/1/metrics.csv", "name one of ant, ball"),
        ("made/ant/-1/metrics.csv", "is not in a folder"),
    ],
)
def test_another_folder_is_refused_by_name(file: str, words: str) -> None:
    with pytest.raises(StageError, match=words):
        RunPath("{name}/{number}", Numbered, {"name": ("ant", "ball")}).of(file)


def test_files_of_a_stage() -> None:
    files = ["made/pretrain/a/metrics.csv", "made/finetune/a/metrics.csv", "made/pretrained/metrics.csv"]
    assert of_stage(files, "pretrain") == files[:1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "seed2/metrics.csv is no table (No columns to parse from file): delete it and make it again"),
        (b"epoch\n1\n2,3,4\n", "seed2/metrics.csv is no table (Error tokenizing data."),
        (b"\xff\xfe", "seed2/metrics.csv is no table ('utf-8' codec"),
        (b"a,b\n1,2\n", "seed2/metrics.csv and "),
    ],
)
def test_a_damaged_table_is_named(tmp_path: Path, text: bytes, words: str) -> None:
    files = [tmp_path / f"ant-empty/heads1/seed{seed}/metrics.csv" for seed in (1, 2)]
    for file, content in zip(files, (b"epoch,entropy\n0,1.5\n", text), strict=True):
        file.parent.mkdir(parents=True)
        file.write_bytes(content)
    with pytest.raises(StageError) as caught:
        read_tables([str(file) for file in files])
    assert words in str(caught.value) and "\n" not in str(caught.value)
