"""Each wrong setting gives one line that names the culprit and the remedy."""

import copy
import math
from pathlib import Path

import pytest
import torch
import yaml
from snakemake.utils import update_config

from kmyriad.pipeline.configure import configure
from kmyriad.settings.config import Config
from kmyriad.settings.errors import ConfigError

DESK = yaml.safe_load(Path("config/config.yaml").read_text())
CHEETAH = {
    "name": "gymnasium:HalfCheetah-v5",
    "features": ["obs_0"],
    "settings": {"exclude_current_positions_from_observation": False},
}


def changed(path: str, value: object) -> dict:
    """Return the desk config with the setting at the dotted `path` set to `value`."""
    config = copy.deepcopy(DESK)
    *parents, key = path.split(".")
    target = config
    for parent in parents:
        target = target.setdefault(parent, {})
    target[key] = value
    return config


def refusal(path: str, value: object) -> str:
    with pytest.raises(ConfigError) as caught:
        configure(changed(path, value))
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("haeds", [1], "haeds: unknown key 'haeds'; did you mean 'heads'?"),
        ("pretrain.epoch", 5, "pretrain.epoch: unknown key 'epoch'; did you mean 'epochs'?"),
        ("pretrain.envs", 0, "pretrain.envs: Input should be greater than 0, got 0"),
        ("pretrain.envs", "many", "pretrain.envs: Input should be a valid integer"),
        ("pretrain.k", 100_000, "k = 100000 needs more particles than envs * horizon"),
        ("pretrain.objective", "entrpy", "unknown objective 'entrpy'; did you mean 'entropy'?"),
        ("pretrain.objective", "no_such_module:f", "pretrain.objective: No module named 'no_such_module'"),
        ("pretrain.learning_rate", {10: 1e-3}, "must say what holds from 1 head on"),
        ("pretrain.log_std_range", [2, -5], "log_std_range must rise"),
        ("heads", [1, 7], "7 heads do not divide pretrain.envs = 50: take 49 or 56 environments"),
        ("heads", [1, 1], "lists something twice"),
        ("beside", ["pgpsee"], "beside: unknown paper 'pgpsee'; did you mean 'pgpse'?"),
        ("track", ["wanbd"], "track: unknown tracker 'wanbd'; did you mean 'wandb'?"),
        ("track", ["wandb", "wandb"], "track: lists something twice"),
        ("seeds", [], "seeds: "),
        ("seeds", [-1], "seeds.0: Input should be greater than or equal to 0"),
        ("seeds", [2**63], "seeds.0: Input should be less than 9223372036854775808"),
        ("pretrain.learning_rate", {1: math.inf}, "pretrain.learning_rate.1: Input should be a finite number, got inf"),
        ("pretrain.max_grad_norm", math.nan, "pretrain.max_grad_norm: Input should be a finite number, got nan"),
        ("environments", ["ant-emty"], "unknown environment 'ant-emty'; did you mean 'ant-empty'?"),
        ("environments", [{"name": "ant-empty", "features": ["vlocity_x"]}], "did you mean 'velocity_x'?"),
        ("environments", [{"name": "ant-empty", "backend": "mujoko"}], "did you mean 'mujoco'?"),
        ("environments", [{"name": "ant-empty", "settings": {"gaol": [1, 2]}}], "did you mean 'goal'?"),
        ("environments", [{"nam": "ant-empty"}], "environments.0.name: Field required"),
        ("environments", ["gymnasium:HalfCheeta-v5"], "Did you mean: `HalfCheetah`?"),
        ("jumpstart.inits", ["head50"], "unknown init 'head50' (choices: random, heads1, heads50"),
        ("jumpstart.inits", ["heads30"], "30 heads do not divide pretrain.envs = 50"),
        ("jumpstart.random_overrides", {"clop": 1}, "clop"),
        ("diversity.envs", 120, "50 heads do not divide diversity.envs = 120"),
        ("gridworld.worlds", ["room-dett"], "unknown world 'room-dett'; did you mean 'room-det'?"),
        ("gridworld.worlds", ["map:nowhere.txt"], "there is no file nowhere.txt"),
        ("gridworld.agents", [0, 2], "gridworld.agents.0: Input should be greater than 0"),
        ("gridworld.variants", {"baseline": {"baseline": True}}, "gridworld: variants lacks 'plain'"),
        ("gridworld.block", 30, "block = 30 does not divide updates = 10000"),
        ("bridge.environment", "pointmaze-open", "the bridge needs a grid world, e.g. gridworld:room-det"),
        ("bridge.heads", [7], "bridge.heads: 7 heads do not divide bridge.pretrain.envs = 600"),
    ],
)
def test_wrong_setting_is_named(path: str, value: object, words: str) -> None:
    assert words in refusal(path, value)


def at_scale(name: str) -> Config:
    """Return the settings of config/config.yaml overridden by those of config/<name>.yaml, as Snakemake merges them."""
    config = copy.deepcopy(DESK)
    update_config(config, yaml.safe_load(Path(f"config/{name}.yaml").read_text()))
    return configure(config)


def test_scales() -> None:
    assert configure(DESK).scale == "desk"
    assert at_scale("smoke").scale == "smoke"


def test_paper_scale_is_the_paper() -> None:
    paper = at_scale("paper")
    # Table 2
    pretrain = paper.pretrain
    assert (pretrain.envs, pretrain.horizon, pretrain.epochs, pretrain.k) == (1000, 600, 200, 5)
    assert (pretrain.trunk, pretrain.adapter) == ((512, 256), 256)
    assert [pretrain.rate(heads, 0) for heads in (1, 10, 50)] == [2e-4, 2e-4, 5e-4]
    assert [pretrain.rate(1, epoch) / 2e-4 for epoch in (0, 29, 30, 79, 80, 199)] == [1, 1, 0.5, 0.5, 0.25, 0.25]
    assert pretrain.update == "gradient"
    assert (paper.heads, paper.seeds) == ((1, 10, 50), (0, 1, 56, 123))
    # Nothing of the desk scale is left: all else is as the settings' classes have it.
    defaults = Config(environments=DESK["environments"])
    kept = {"pretrain": {"threads"}, "side_by_side": True}
    assert paper.side_by_side.tasks == ()  # no paper has the comparison
    assert paper.model_dump(exclude=kept) == defaults.model_dump(exclude=kept)


def test_fine_tuning_is_table_3() -> None:
    jumpstart = at_scale("paper").jumpstart
    random, pretrained = jumpstart.finetune_from("random"), jumpstart.finetune_from("heads50")
    for column in (random, pretrained):
        assert (column.policy_learning_rate, column.value_learning_rate) == (1e-5, 3e-4)
        assert (column.gamma, column.gae_lambda, column.value_coefficient, column.max_grad_norm) == (0.99, 0.95, 0.5, 0.5)
        assert (column.envs, column.horizon, column.env_steps, column.minibatch_rows) == (300, 600, 10_000_000, 64)
        assert column.value_hidden == (256, 256)
        assert column.updates == 56  # 10,000,000 / (300 * 600) = 55.6
    assert (random.clip, random.entropy_coefficient, random.passes, random.warmup) == (0.20, 0.001, 10, 1)
    assert (pretrained.clip, pretrained.entropy_coefficient, pretrained.passes, pretrained.warmup) == (0.15, 0.0, 3, 5)


def test_own_environment_needs_a_few_lines() -> None:
    config = configure(changed("environments", [CHEETAH]))
    assert config.environment("gymnasium-HalfCheetah-v5").features == ("obs_0",)


def test_bare_name_stands_for_defaults() -> None:
    (environment,) = Config(environments=["ant-maze"]).environments
    assert (environment.name, environment.label, environment.features) == ("ant-maze", "ant-maze", ("x", "y"))


def test_goals_that_cannot_be_stop_the_run() -> None:
    with pytest.raises(ConfigError, match="jumpstart.inside: an annulus needs inner < outer, got inner 5 and outer 3 m"):
        configure({"environments": ["ant-empty"], "jumpstart": {"inside": {"inner": 5, "outer": 3}}})
    with pytest.raises(ConfigError, match=r"goals of pointmaze-ring: goal \(9.0, 9.0\) lies outside pointmaze-ring"):
        configure({"environments": ["ant-empty"], "fig4": {"goals": [[9, 9]]}})
    in_a_wall = {"points": [[0.0, 1.6]]}
    with pytest.raises(ConfigError, match=r"goals of ant-maze: goal \(0.0, 1.6\) lies in or within 0.5 m of a wall of maze"):
        configure({"environments": ["ant-maze"], "jumpstart": {"goals": in_a_wall}})


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_named_before_any_job() -> None:
    assert refusal("collaborative.device", "cuda").startswith(
        "config: collaborative.device: device 'cuda': PyTorch finds no CUDA"
    )
