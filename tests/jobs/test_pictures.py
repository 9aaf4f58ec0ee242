"""Figures have the same bytes for the same numbers; the record beside them says where they come from."""

import hashlib
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.figure import Figure

from kmyriad.jobs.pictures import drawing_stage, write_figure
from kmyriad.jobs.provenance import read_sidecar, write_sidecar
from kmyriad.settings import FigureJob

JOB = FigureJob(environments=("ant-empty",), note="a note")
NUMBERS = pd.DataFrame({"x": [0.0, 1.0], "y": [1 / 3, 2.0]})


def drawn(numbers: pd.DataFrame = NUMBERS) -> Figure:
    figure, axes = plt.subplots(figsize=(2, 1))
    axes.plot(numbers["x"], numbers["y"])
    plt.close(figure)
    return figure


@pytest.fixture
def inputs(tmp_path: Path) -> list[str]:
    """Metrics of two runs, of which the sums of steps are 20 and 40, and visits with a record of 100."""
    files = []
    for seed in (1, 0):
        file = tmp_path / "ant-empty" / "heads2" / f"seed{seed}" / "metrics.csv"
        file.parent.mkdir(parents=True)
        file.write_text(f"epoch,env_steps\n0,10\n1,{20 * (seed + 1)}\n")
        files.append(str(file))
    visits = tmp_path / "ant-empty" / "heads2" / "seed1" / "particles.safetensors"
    visits.write_bytes(b"visits")
    write_sidecar(visits, "kmyriad-visits-1", {"env_steps": 100})
    return [*files, str(visits)]


def test_same_numbers_same_bytes_whatever_the_record(tmp_path: Path, inputs: list[str]) -> None:
    one, two = tmp_path / "one" / "fig.pdf", tmp_path / "two" / "fig.pdf"
    write_figure(drawn(), NUMBERS, one, JOB, inputs, 1.5)
    write_figure(drawn(), NUMBERS, two)
    for suffix in (".pdf", ".png", ".csv"):
        assert one.with_suffix(suffix).read_bytes() == two.with_suffix(suffix).read_bytes()
    assert read_sidecar(one) != read_sidecar(two)


def test_record(tmp_path: Path, inputs: list[str]) -> None:
    pdf = tmp_path / "fig.pdf"
    write_figure(drawn(), NUMBERS, pdf, JOB, inputs, 1.5)
    facts = read_sidecar(pdf)
    assert (facts["seeds"], facts["env_steps"], facts["seconds"]) == ([0, 1], 40 + 20 + 100, 1.5)
    assert facts["settings"] == JOB.model_dump(mode="json")
    assert facts["inputs"]["files"] == inputs
    content = b"".join(Path(file).read_bytes() for file in inputs)
    assert facts["inputs"]["sha256"] == hashlib.sha256(content).hexdigest()
    made = {suffix: hashlib.sha256(pdf.with_suffix(suffix).read_bytes()).hexdigest() for suffix in (".pdf", ".png", ".csv")}
    assert facts["sha256"] == {f"fig{suffix}": digest for suffix, digest in made.items()}
    assert {"git_commit", "git_dirty", "versions", "device", "threads"} <= set(facts)


def test_metrics_of_several_seeds_count_each(tmp_path: Path) -> None:
    """Seeds 3 and 7 side by side took 20 and 30 steps; a header alone says nothing."""
    metrics, nothing = tmp_path / "metrics.csv", tmp_path / "empty.csv"
    metrics.write_text("epoch,seed,env_steps\n0,3,10\n0,7,15\n1,3,20\n1,7,30\n")
    nothing.write_text("epoch,seed,env_steps\n")
    write_figure(drawn(), NUMBERS, tmp_path / "fig.pdf", JOB, [str(metrics), str(nothing)], 1.5)
    facts = read_sidecar(tmp_path / "fig.pdf")
    assert (facts["seeds"], facts["env_steps"]) == ([3, 7], 50)


def test_every_drawing_stage_leaves_a_record(tmp_path: Path, inputs: list[str]) -> None:
    main = drawing_stage(lambda job, files: (drawn(), NUMBERS), "files")
    main(["--job", JOB.model_dump_json(), "--inputs", *inputs, "--output", str(tmp_path / "fig.pdf")])
    facts = read_sidecar(tmp_path / "fig.pdf")
    assert facts["settings"]["note"] == "a note"
    assert 0 < facts["seconds"] < 60
