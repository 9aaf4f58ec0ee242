"""Table 3 from files of trained agents whose policies are known, in the maze, to its numbers."""

import json
import math
import shutil
from pathlib import Path

import pandas as pd
import pytest
import torch
from safetensors.torch import load_file, save_file

from kmyriad.collaborative.algorithms import make_learner
from kmyriad.collaborative.streams import Streams
from kmyriad.collaborative.tasks.pool import Space
from kmyriad.jobs.provenance import digest, write_sidecar
from kmyriad.papers.collaborative import table3
from kmyriad.settings.collaborative.arm import CollaborativeTrainJob
from kmyriad.settings.collaborative.study import CollaborativeStudy
from kmyriad.stages import ce_diversity, collaborative_train

pytestmark = pytest.mark.xdist_group("ce_diversity")

SMALL = {
    "agents": 2,
    "env_steps": 200,
    "seed_steps": 100,
    "updates_per_step": 0.1,
    "sac": {"actor": [4], "critic": [4], "batch": 16, "buffer": 1600},
    "reward": {"bank": 50, "k": 5, "encoder_widths": [8, 8]},
    "evaluation": {"interval": 200, "episodes": 1, "last": 1},
}
QUICK = {"episodes": 10, "mine": {"widths": [32], "batch": 128, "updates": 200, "learning_rate": 3e-3}}
SHORT = {"episodes": 1, "mine": {"widths": [8], "batch": 16, "updates": 3}}


def write(folder: Path, tensors: dict[str, torch.Tensor], seeds: tuple[int, ...], settings: dict = SMALL) -> Path:
    """Write `tensors` as the training of `settings` would."""
    path = folder / "agents.safetensors"
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path)
    job = CollaborativeTrainJob.model_validate({"task": "maze", "settings": settings, "seeds": seeds})
    write_sidecar(path, "kmyriad-collaborative-1", {"settings": job.model_dump(mode="json"), "sha256": digest([path])})
    return path


def actors(seeds: int, biases: list[list[float]], gains: tuple[float, float] = (0, 0)) -> dict[str, torch.Tensor]:
    """Actors of two agents a seed: mean = gain * x + bias in both components, log std a bias; x is the maze's first feature."""
    first, last = torch.zeros(seeds * 2, 2, 4), torch.zeros(seeds * 2, 4, 4)
    # relu(x) - relu(-x) = x
    first[:, 0, 0], first[:, 0, 1] = 1, -1
    gain = torch.tensor(gains).repeat(seeds)[:, None]
    last[:, 0, :2], last[:, 1, :2] = gain, -gain
    bias = torch.tensor(biases).repeat(seeds, 1).repeat_interleave(2, 1)[:, None]
    zeros = torch.zeros(seeds * 2, 1, 4)
    return {"actor.weights.0": first, "actor.weights.1": last, "actor.biases.0": zeros, "actor.biases.1": bias}


def measure(agents: Path, settings: dict) -> pd.DataFrame:
    table = agents.with_name("diversity.csv")
    ce_diversity.main(["--job", json.dumps(settings), "--agents", str(agents), "--table", str(table)])
    return pd.read_csv(table)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained") / "maze" / "ce"
    job = {"task": "maze", "settings": SMALL, "seeds": [3, 5]}
    paths = ["--agents", str(folder / "agents.safetensors"), "--metrics", str(folder / "metrics.csv")]
    collaborative_train.main(["--job", json.dumps(job), *paths])
    return folder / "agents.safetensors"


def test_constant_gaussians(tmp_path: Path) -> None:
    # N(0, 1) and N(-1, e^2) in each of two components.
    found = measure(write(tmp_path, actors(2, [[0, 0], [-1, 1]]), (3, 5)), QUICK)
    assert list(found) == ["seed", "task_return", "divergence", "information", "mixture", "states"]
    assert found["seed"].tolist() == [3, 5]
    # KL(0 || 1) = 1 + 2 / (2 e^2) - 1/2, KL(1 || 0) = -1 + (e^2 + 1) / 2 - 1/2; their mean, twice.
    assert found["divergence"].tolist() == pytest.approx([math.exp(-2) + math.exp(2) / 2 - 0.5] * 2, rel=1e-5)
    # What does not look at the state says nothing about it.
    assert found[["information", "mixture"]].abs().to_numpy().max() < 0.05
    # 2 agents, 10 episodes of 80 steps: nobody gets to a goal.
    assert found["states"].tolist() == [1600, 1600] and found["task_return"].tolist() == [0, 0]


def test_agents_that_do_opposite_things_say_more_alone(tmp_path: Path) -> None:
    found = measure(write(tmp_path, actors(1, [[0, -1], [0, -1]], (2, -2)), (3,)), QUICK).iloc[0]
    # Who acts is unknown in the mixture, which costs it information, of one bit at most.
    assert 0.05 < found["information"] - found["mixture"] < math.log(2)
    # Symmetric: (4 x)^2 / (2 e^-2) in each component.
    assert found["divergence"] > 0.1


def test_agents_that_are_one_do_not_diverge(trained: Path, tmp_path: Path) -> None:
    tensors = load_file(trained)
    for name in tensors:
        if name.startswith("actor."):
            tensors[name][1::2] = tensors[name][::2]
    found = measure(write(tmp_path, tensors, (3, 5)), SHORT)
    assert found["divergence"].tolist() == [0, 0]


def test_the_trained_policies_are_loaded(trained: Path) -> None:
    training, saved = ce_diversity.read_training(trained)
    learner = make_learner(Space(2, 2), training.settings, Streams((0, 1)))
    ce_diversity.load_policies(learner, saved, trained)
    state = learner.state_dict()
    assert all(torch.equal(state[name], saved[name]) for name in saved if name.startswith("actor."))


def test_same_seeds_same_bytes(trained: Path, tmp_path: Path) -> None:
    contents = []
    for name in ("first", "second"):
        shutil.copytree(trained.parent, tmp_path / name)
        measure(tmp_path / name / trained.name, SHORT)
        contents.append((tmp_path / name / "diversity.csv").read_bytes())
    assert contents[0] == contents[1]
    other = measure(write(tmp_path / "other", load_file(trained), (3, 6)), SHORT)
    first = pd.read_csv(tmp_path / "first" / "diversity.csv")
    assert other["divergence"][0] == first["divergence"][0] and other["divergence"][1] != first["divergence"][1]


def test_a_seed_does_not_depend_on_those_beside_it(trained: Path, tmp_path: Path) -> None:
    tensors = load_file(trained)
    # Critics have two networks an agent, temperatures one number.
    alone = {name: value[len(value) // 2 :].clone() for name, value in tensors.items()}
    both, one = measure(trained, SHORT), measure(write(tmp_path, alone, (5,)), SHORT)
    assert both.iloc[1].tolist() == one.iloc[0].tolist()


def test_no_more_states_than_asked_for(trained: Path, tmp_path: Path) -> None:
    agents = write(tmp_path, load_file(trained), (3, 5))
    assert measure(agents, {**SHORT, "states": 100})["states"].tolist() == [100, 100]


def damage(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def other_settings(path: Path) -> None:
    write(path.parent, load_file(path), (3, 5), {**SMALL, "sac": {**SMALL["sac"], "actor": [5]}})


def other_agents(path: Path) -> None:
    write(path.parent, {"critic.weights.0": torch.zeros(1)}, (3, 5))


def lone(path: Path) -> None:
    write(path.parent, load_file(path), (3, 5), {**SMALL, "agents": 1, "reward": {"scale": 0.0}})


def unknown_setting(path: Path) -> None:
    write_sidecar(path, "kmyriad-collaborative-1", {"settings": {"tusk": "maze"}, "sha256": digest([path])})


def no_tensors(path: Path) -> None:
    path.write_text("nonsense")
    facts = json.loads(path.with_suffix(".json").read_text())
    path.with_suffix(".json").write_text(json.dumps({**facts, "sha256": digest([path])}))


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (Path.unlink, "there is no checkpoint at .*: make it with snakemake"),
        (lambda path: path.with_suffix(".json").unlink(), "agents.json is missing or not of the format kmyriad-coll"),
        (lambda path: write_sidecar(path, "kmyriad-policy-1", {}), "agents.json is missing or not of the format kmyriad-coll"),
        (damage, "is truncated or was changed: it is not the file that .*agents.json describes"),
        (other_settings, r"other networks than .* says, actor.biases.0 is \[4, 1, 4\] where there should be \[4, 1, 5\]"),
        (other_agents, r"actor.biases.0 is nothing where there should be \[4, 1, 4\]; train again"),
        (lone, "holds one agent a seed, diversity is that of at least two"),
        (unknown_setting, "agents.json has other settings than this version's, .*task.*; train again"),
        (no_tensors, "holds no tensors"),
    ],
)
def test_wrong_agents_are_one_line(trained: Path, tmp_path: Path, harm: object, message: str) -> None:
    shutil.copytree(trained.parent, tmp_path, dirs_exist_ok=True)
    (tmp_path / "diversity.csv").unlink(missing_ok=True)
    harm(tmp_path / trained.name)
    with pytest.raises(SystemExit, match=message) as error:
        measure(tmp_path / trained.name, SHORT)
    assert str(error.value).startswith("error: ") and "\n" not in str(error.value)
    assert not (tmp_path / "diversity.csv").exists()


def test_table(tmp_path: Path) -> None:
    files = []
    for arm, base in (("replica", 0), ("ce", 10)):
        file = tmp_path / "walker-run" / arm / "diversity.csv"
        file.parent.mkdir(parents=True)
        file.write_text(
            "seed,task_return,divergence,information,mixture,states\n"
            f"0,{base + 100},{base + 1},{base + 0.5},{base + 0.25},7\n1,{base + 104},{base + 3},{base + 0.5},{base + 0.75},7\n"
        )
        files.append(str(file))
    job = {"tasks": ["walker-run"], "arms": ["ce", "replica"], "note": "a note"}
    table3.main(["--job", json.dumps(job), "--inputs", *files, "--output", str(tmp_path / "t.csv")])
    found = pd.read_csv(tmp_path / "t.csv").set_index("arm")
    assert list(found.index) == ["ce", "replica"] and found["seeds"].tolist() == [2, 2]
    # 100 and 104: mean 102, sd 2 sqrt(2); 1 and 3: 2, sqrt(2); 1/4 and 3/4: 1/2, sqrt(2) / 4.
    names = ["task_return_mean", "task_return_sd", "divergence_mean", "divergence_sd", "mixture_mean", "mixture_sd"]
    assert found.loc["replica", names].tolist() == pytest.approx([102, 8**0.5, 2, 2**0.5, 0.5, 8**-0.5], rel=1e-5)
    printed = (tmp_path / "t.md").read_text()
    assert "| task | arm | R | KL | I(S;A) | I(S;A) of the set |" in printed
    assert "| walker-run | CE | 112.0 ± 2.8 | 12.000 ± 1.414 | 10.500 ± 0.000 | 10.500 ± 0.354 |" in printed
    assert printed.endswith(f"{table3.NOTE}\n\na note\n")


def test_the_paper_scale_has_3000_trajectories() -> None:
    study = CollaborativeStudy()
    assert study.diversity.episodes * study.entries()["walker-run", "ce"].settings.agents == 3000
