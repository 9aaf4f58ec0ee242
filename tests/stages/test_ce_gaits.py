"""Fig. 6 from trained agents to its panels."""

import json
from pathlib import Path

import pandas as pd
import pytest

from kmyriad.papers.collaborative import fig6
from kmyriad.stages import ce_gaits, collaborative_train

TINY = {
    "agents": 2,
    "env_steps": 80,
    "seed_steps": 40,
    "updates_per_step": 0.1,
    "sac": {"actor": [4], "critic": [4], "batch": 4, "buffer": 80},
    "reward": {"bank": 8, "k": 2, "encoder_widths": [4, 4]},
    "evaluation": {"interval": 80, "episodes": 1, "last": 1},
}


def gaits_of(folder: Path, task: str) -> Path:
    job = {"task": task, "settings": TINY, "seeds": [4, 2]}
    paths = ["--agents", str(folder / "agents.safetensors"), "--metrics", str(folder / "metrics.csv")]
    collaborative_train.main(["--job", json.dumps(job), *paths])
    table = folder / "gaits.csv"
    ce_gaits.main(["--job", '{"steps": 5}', "--agents", str(folder / "agents.safetensors"), "--table", str(table)])
    return table


def test_from_training_to_figure(tmp_path: Path) -> None:
    files = [str(gaits_of(tmp_path / "collaborative_train" / "Hopper-v5" / arm, "Hopper-v5")) for arm in ("replica", "ce")]
    found = pd.read_csv(files[0])
    assert found.groupby(["seed", "agent"]).size().tolist() == [5, 5, 5, 5]
    assert json.loads(Path(files[0]).with_name("gaits.record.json").read_text())["settings"] == {"steps": 5}
    job = {"tasks": ["Hopper-v5"], "arms": ["replica", "ce"]}
    fig6.main(["--job", json.dumps(job), "--inputs", *files, "--output", str(tmp_path / "ce_fig6.pdf")])
    drawn = pd.read_csv(tmp_path / "ce_fig6.csv")
    assert set(drawn["seed"]) == {2} and len(drawn) == 2 * 2 * 5


@pytest.mark.parametrize(("task", "words"), [("maze", "Fig. 6 shows Hopper-v5 and Walker2d-v5"), ("Ant-v5", "no foot_geom")])
def test_another_task_is_said_in_a_line(tmp_path: Path, task: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        gaits_of(tmp_path, task)
    said = f"{end.value}{capsys.readouterr().err}"
    assert words in said and f"was trained on {task}" in said
    assert not (tmp_path / "gaits.csv").exists()


def test_panels_show_each_agents_own_way() -> None:
    rows = [
        {"task": "Hopper-v5", "arm": arm, "seed": seed, "agent": agent, "step": step}
        | {f"{point}_{axis}": 10 * agent + step + place for place, point in enumerate(fig6.COLOURS) for axis in "xz"}
        for arm in ("replica", "ce")
        for seed in (7, 3)
        for agent in range(3)
        for step in range(2)
    ]
    shown = fig6.first_agents(pd.DataFrame(rows))
    assert set(shown["seed"]) == {3} and set(shown["agent"]) == {0, 1}
    figure = fig6.draw(shown, ["Hopper-v5"], ["replica", "ce"], "")
    assert [axes.get_ylabel() for axes in figure.axes] == ["Replica 1\nz, m", "Replica 2\nz, m", "CE 1\nz, m", "CE 2\nz, m"]
    lines = figure.axes[3].get_lines()
    assert [(line.get_label(), list(line.get_xdata())) for line in lines] == [
        ("head", [10, 11]),
        ("waist", [11, 12]),
        ("foot", [12, 13]),
    ]
