"""Which arms a scale trains on which tasks, and what it must not ask for."""

from pathlib import Path

import pytest
import yaml

from kmyriad.collaborative.tasks.maze import HORIZON
from kmyriad.pipeline.configure import configure
from kmyriad.settings.collaborative.study import FIG_5, KNOWN, STUDY, CollaborativeBlock, CollaborativeStudy
from kmyriad.settings.errors import ConfigError


def study(**changes: object) -> dict[str, object]:
    block = {"tasks": ["maze"], "arms": ["ce"], "settings": {"agents": 2}}
    return {"environments": ["ant-maze"], "collaborative": {"blocks": [{**block, **changes}]}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tasks": ["pendulum-swingupp"]}, r"collaborative.blocks: unknown task .*did you mean 'pendulum-swingup'\?"),
        ({"arms": ["replicate"]}, r"unknown arm 'replicate'; did you mean 'replica'\?"),
        (
            {"tasks": ["pendulum-swingup"], "settings": {"repeat": 3}},
            "repeat = 3 does not divide the 1000 .*: take 1, 2, 4, 5 or 8",
        ),
        ({"settings": {"agents": 2, "repeat": 2}}, "repeat = 2: the maze has no simulator steps to repeat"),
        ({"settings": {"env_steps": 20_000}}, "ce is evaluated 4 times, its score is the mean of evaluation.last = 10"),
        ({"settings": {"agents": 2, "sac": {"buffer": 9000}}}, "sac.buffer = 9000 forgets visits of ce .*raise it to 1000000"),
        ({"arms": ["diayn"]}, "sac.buffer = 1000000 forgets visits of diayn .*raise it to 2000000"),
    ],
)
def test_wrong_studies_stop_before_any_job(changes: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        configure(study(**changes))


def test_nothing_is_trained_twice() -> None:
    block = CollaborativeBlock(tasks=("maze",), arms=("ce",))
    with pytest.raises(ValueError, match="blocks train ce on maze twice"):
        CollaborativeStudy(blocks=(block, block))


def test_the_paper_scale_is_the_default() -> None:
    paper = yaml.safe_load(Path("config/paper.yaml").read_text())["collaborative"]
    assert CollaborativeStudy.model_validate(paper) == CollaborativeStudy()
    sac = CollaborativeStudy().entries()["fish-swim", "ce"].settings
    assert (sac.agents, sac.env_steps, sac.updates_per_step, sac.repeat) == (4, 1_000_000, 1, 1)
    assert (sac.sac.batch, sac.sac.actor, sac.reward.k, sac.reward.bank) == (256, (256, 256), 20, 300)
    # 5.4 says in a sentence that each agent could have RND of everybody's data, without a result.
    assert {arm for block in STUDY for arm in block.arms} == set(KNOWN) - {"rnd_each"}
    with pytest.raises(ValueError, match=r"unknown study 'papr'; did you mean 'paper'\?"):
        CollaborativeStudy.model_validate({"blocks": "papr"})
    assert len(set(KNOWN)) == len(KNOWN), "no arm has two meanings"
    # Every ablation is another training.
    entries = {
        entry.settings.model_dump_json() for (task, _), entry in CollaborativeStudy().entries().items() if task == "fish-swim"
    }
    assert len(entries) == sum(task == "fish-swim" for task, _ in CollaborativeStudy().entries())


def test_the_maze_takes_the_trajectories_of_fig_5() -> None:
    # "the four columns correspond to the results when each agent runs for 100/200/300/400 trajectories" (5.5).
    entries = {arm: entry.settings for (task, arm), entry in CollaborativeStudy().entries().items() if task == "maze"}
    assert entries.keys() == set(FIG_5)
    assert {entry.env_steps / (entry.agents * HORIZON) for entry in entries.values()} == {400}
    assert entries["shift"].reward.shift == 1
    assert entries["shift"].model_copy(update={"reward": entries["ce"].reward}) == entries["ce"]


@pytest.mark.parametrize(
    ("scale", "entries"),
    [
        ("config", {("maze", "ce"), ("maze", "shift"), ("pendulum-swingup", "ce")}),
        ("smoke", {("maze", "ce"), ("pendulum-swingup", "ce")}),
        ("minatar", {("minatar-breakout", arm) for arm in ("dqn", "replica", "ce", "shift")}),
        ("baselines", {("cartpole-swingup", arm) for arm in ("a2c", "diayn", "dice", "multihead", "rnd", "sunrise")}),
    ],
)
def test_scales(scale: str, entries: set[tuple[str, str]]) -> None:
    desk = yaml.safe_load(Path("config/config.yaml").read_text())
    own = yaml.safe_load(Path(f"config/{scale}.yaml").read_text())
    study = CollaborativeStudy.model_validate({**desk, **own}["collaborative"])
    assert entries <= set(study.entries())
