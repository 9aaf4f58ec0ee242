"""What goes into the gallery: the right head, and what its sidecar says of it."""

import json
from pathlib import Path

import pytest
import torch
from pydantic import ValidationError

from kmyriad.jobs.checkpoint import load_policy, save_policy
from kmyriad.jobs.files import StageError
from kmyriad.pipeline import jobs
from kmyriad.pipeline.configure import configure
from kmyriad.policies import MultiHeadPolicy
from kmyriad.settings.config import Config
from kmyriad.settings.errors import ConfigError
from kmyriad.settings.gallery import GalleryEntry
from kmyriad.stages import gallery_head
from kmyriad.stages.gallery_head import choose_head, measure

ENDS = torch.tensor([[3.0, 0.0], [0.0, 4.0], [-1.0, -3.0]])
PATHS = torch.stack([torch.zeros(3, 2), ENDS])
"""Three heads that end 3, 4 and 3.2 m from the start; (-1, -3) is 7.1 m from (0, 4), (3, 0) is 5 m from it."""


@pytest.mark.parametrize(("wanted", "head"), [("farthest", 1), ("opposite", 2), (0, 0), (2, 2)])
def test_choice(wanted: str | int, head: int) -> None:
    assert choose_head(wanted, PATHS) == head


def test_no_such_head() -> None:
    with pytest.raises(StageError, match=r"head 3 does not exist: the policy has heads 0 \.\. 2"):
        choose_head(3, PATHS)


def test_measures() -> None:
    path = torch.tensor([[0.0, 0.0], [3.0, 0.0], [3.0, 4.0]])
    assert measure(path, None) == {"actions": 2, "distance": 5.0}
    # From (3, 0) to (3, -0.5) it is 0.5 m, within the goal's metre; to (3, -2) 2 m.
    assert measure(path, (3.0, -0.5)) == {"actions": 2, "distance": 5.0, "closest_approach": 0.5, "reaches_goal": True}
    assert measure(path, (3.0, -2.0))["reaches_goal"] is False


def made(tmp_path: Path, heads: int = 3, trunk: int = 8, **changes: object) -> Path:
    """Run the stage on an untrained policy; return the file it writes."""
    policy = MultiHeadPolicy(62, 8, heads, trunk=(trunk,), adapter=4, seed=1)
    policy.scale_means(5.0)
    facts = {"settings": {"environment": {"name": "ant-empty"}}, "seed": 7, "env_steps": 9, "git_commit": "0123"}
    save_policy(tmp_path / "policy.safetensors", policy, facts)
    job = {"name": "one", "shows": "An ant.", "environment": "ant-empty", "head": "farthest", "goal": None, "seed": 0}
    job |= {"horizon": 6, "threads": 1, **changes}
    (tmp_path / "goals.json").write_text("[[0.5, 0.25]]")
    goals = [] if job["goal"] is None else ["--goals", str(tmp_path / "goals.json")]
    out = tmp_path / "gallery/one.safetensors"
    arguments = ["--job", json.dumps(job), "--policy", str(tmp_path / "policy.safetensors"), *goals, "--head", str(out)]
    gallery_head.main(arguments)
    return out


def test_a_pretrained_head(tmp_path: Path) -> None:
    out = made(tmp_path)
    facts = json.loads(out.with_suffix(".json").read_text())
    assert (facts["name"], facts["shows"], facts["goal"]) == ("one", "An ant.", None)
    assert (facts["seed"], facts["env_steps"], facts["trained_commit"]) == (7, 9, "0123")
    assert facts["measured"]["actions"] == 6 and facts["measured"]["distance"] > 0
    whole, single = load_policy(tmp_path / "policy.safetensors"), load_policy(out)
    assert single.num_heads == 1
    torch.testing.assert_close(single.output_weight[0], whole.output_weight[facts["head"]], rtol=0, atol=0)


def test_an_actor_after_ppo_has_its_goal(tmp_path: Path) -> None:
    facts = json.loads(made(tmp_path, heads=1, head=0, goal=0).with_suffix(".json").read_text())
    assert facts["goal"] == [0.5, 0.25]
    assert facts["measured"]["reaches_goal"], "0.56 m from the start is within its metre"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"head": 5}, "head 5 does not exist"),
        ({"trunk": 4000}, "the gallery's limit is 1000000: choose a smaller network"),
        ({"environment": "pointmaze-ring"}, "obs_dim 62, the environment needs 4"),
        ({"goal": 3}, "goal 3 does not exist"),
        ({"environment": {"name": "ant-empty", "settings": {"max_speed": 0.5}}}, "a simulation failed"),
    ],
)
def test_what_cannot_be_shown_is_one_line(tmp_path: Path, changes: dict, words: str) -> None:
    with pytest.raises(SystemExit, match=r"^error: ") as caught:
        made(tmp_path, **changes)
    assert words in str(caught.value) and "\n" not in str(caught.value)
    assert not (tmp_path / "gallery").exists()


ENTRY = {"name": "walker", "shows": "An ant.", "environment": "ant-empty", "seed": 3, "heads": 2}
SMALL = {
    "environments": ["ant-empty"],
    "heads": [1, 2],
    "seeds": [3],
    "fig6": {"environment": "none"},
    "fig10": {"environment": "none"},
}


def config(*entries: dict) -> dict:
    return {**SMALL, "gallery": {"entries": [*entries]}}


def test_jobs_and_checkpoints_of_the_entries() -> None:
    after = {**ENTRY, "name": "sent", "init": "heads2", "goal": 1}
    del after["heads"]
    chosen = Config.model_validate(config(ENTRY, after))
    assert [entry.run for entry in chosen.hung()] == [
        "pretrain/ant-empty/heads2/seed3",
        "finetune/ant-empty/heads2/goal1/seed3",
    ]
    first, second = (jobs.gallery_head(chosen, name) for name in ("walker", "sent"))
    assert (first.head, first.goal, first.horizon) == ("farthest", None, chosen.pretrain.horizon)
    assert (second.head, second.goal, second.horizon) == (0, 1, chosen.jumpstart.finetune.horizon)


def test_entries_of_absent_environments_are_left_out() -> None:
    assert configure(config({**ENTRY, "environment": "ant-cave"})).hung() == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"environment": "ant-emty"}, "gallery: walker: unknown environment 'ant-emty'; did you mean 'ant-empty'?"),
        ({"heads": 7}, "7 heads do not divide"),
        ({"init": "heads2"}, "walker: give either heads, for a pretrained head, or init"),
        ({"head": 2}, r"walker: head 2 does not exist: there are 0 .. 1"),
        ({"head": "fastest"}, "gallery.entries"),
        ({"heads": None, "init": "heads2", "goal": 99}, "gallery, walker: goal 99 does not exist"),
        ({"heads": None, "init": "hands2"}, "unknown init 'hands2'"),
        ({"name": "../walker"}, "gallery.entries"),
        ({"shows": ""}, "gallery.entries"),
    ],
)
def test_a_wrong_entry_is_one_line(changes: dict, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        configure(config({**ENTRY, **changes}))
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_two_entries_of_one_name() -> None:
    with pytest.raises(ValidationError, match="lists something twice"):
        Config.model_validate(config(ENTRY, ENTRY))


def test_an_entry_needs_a_run() -> None:
    with pytest.raises(ValidationError, match="give either heads"):
        GalleryEntry(name="a", shows="b", environment="ant-empty", seed=0)
