"""The example robot goes through the pipeline's stages, from pretraining to a fine-tuned head."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from kmyriad.jobs.checkpoint import load_policy
from kmyriad.pipeline.configure import configure
from kmyriad.stages import evaluate_heads, finetune, goals, pretrain, select_head

ROVER = {"name": "mjcf:examples/rover/rover.xml", "label": "rover"}
TASK = {"environment": ROVER, "goal": 0, "seed": 0}
JOBS = {
    pretrain: {"environment": ROVER, "heads": 2, "seed": 0, "pretrain": {"envs": 4, "horizon": 10, "epochs": 2, "trunk": [8]}},
    goals: {"environment": ROVER, "goals": [{"count": 3, "inner": 1.0, "outer": 2.0}]},
    evaluate_heads: TASK | {"envs": 4, "horizon": 10, "rollouts": 1, "threads": 1},
    finetune: TASK | {"finetune": {"envs": 4, "horizon": 10, "env_steps": 80}, "checkpoint_seconds": 60, "threads": 1},
}
FILES = {
    pretrain: {"policy": "policy.safetensors", "metrics": "pretrain.csv"},
    goals: {"goals": "goals.json"},
    evaluate_heads: {"policy": "policy.safetensors", "goals": "goals.json", "table": "heads.csv"},
    select_head: {
        "policy": "policy.safetensors",
        "table": "heads.csv",
        "actor": "actor.safetensors",
        "choice": "choice.json",
    },
    finetune: {
        "actor": "actor.safetensors",
        "goals": "goals.json",
        "policy": "tuned.safetensors",
        "metrics": "finetune.csv",
    },
}


def test_from_a_model_file_to_a_fine_tuned_head(tmp_path: Path) -> None:
    folder = tmp_path / "rover" / "heads2" / "goal0" / "seed0"
    for stage, files in FILES.items():
        paths = [word for option, file in files.items() for word in (f"--{option}", str(folder / file))]
        stage.main([*(["--job", json.dumps(JOBS[stage])] if stage in JOBS else []), *paths])
    distance = np.hypot(*np.array(json.loads((folder / "goals.json").read_text())).T)
    assert len(distance) == 3 and (distance >= 0.999).all() and (distance <= 2.001).all()
    # In 10 actions, 0.8 s, the rover gets less than 0.5 m nearer.
    assert (pd.read_csv(folder / "heads.csv")["closest_approach"] - distance[0]).between(-0.5, 0.001).all()
    assert list(pd.read_csv(folder / "finetune.csv")["env_steps"]) == [40, 80]
    tuned = load_policy(folder / "tuned.safetensors")
    assert (tuned.num_heads, tuned.obs_dim, tuned.action_dim) == (1, 13, 2)


def test_the_example_config() -> None:
    raw = yaml.safe_load(Path("config/config.yaml").read_text())
    for key, value in yaml.safe_load(Path("examples/rover/config.yaml").read_text()).items():
        raw[key] = {**raw[key], **value} if isinstance(value, dict) else value
    config = configure(raw)
    assert [environment.label for environment in config.environments] == ["rover"]
    assert len(config.tasks(config.environments[0])) == config.jumpstart.goals.count
