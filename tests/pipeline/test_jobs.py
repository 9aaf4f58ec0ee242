"""The settings of each job, from a small config and the text of its wildcards."""

import pytest

from kmyriad.pipeline import jobs
from kmyriad.settings import PretrainJob
from kmyriad.settings.config import Config
from kmyriad.settings.gridworld import VariantSettings

CONFIG = Config.model_validate(
    {
        "environments": ["ant-empty", {"name": "gymnasium:Swimmer-v5", "label": "swimmer", "features": ["obs_0"]}],
        "heads": [1, 2],
        "seeds": [3, 5],
        "pretrain": {"envs": 8, "horizon": 20},
        "coverage": {"envs": 16},
        "diversity": {"envs": 12},
        "control": {"environments": ["ant-empty"]},
        "jumpstart": {"inits": ["random", "heads2"], "random_heads": 4, "goals": {"count": 2}, "inside": {"count": 1}},
        "fig6": {"heads": 2, "envs": [10, 40]},
        "fig10": {"heads": [2], "epochs": 7},
        "gridworld": {"worlds": ["room-det", "map:maps/own.txt"], "variants": {"plain": {}, "decayed": {"decay": 0.9}}},
        "bridge": {"visits": 24},
        "collaborative": {"blocks": [{"tasks": ["hopper-hop"], "arms": ["ce", "sac"], "seeds": [7]}]},
    }
)


def trained(label: str) -> PretrainJob:
    return jobs.pretrain(CONFIG, label, "2", "3")


def test_a_label_says_what_differs() -> None:
    plain, budget, long, control = map(trained, ("ant-empty", "ant-empty@envs40", "ant-empty@epochs7", "ant-empty@trust-region"))
    assert (plain.heads, plain.seed, plain.environment.name) == (2, 3, "ant-empty")
    assert budget.pretrain == plain.pretrain.model_copy(update={"envs": 40})
    assert long.pretrain == plain.pretrain.model_copy(update={"epochs": 7})
    assert (plain.pretrain.update, control.pretrain.update) == ("gradient", "trust-region")
    assert all(job.environment == plain.environment for job in (budget, long, control))


def test_all_seeds_together_are_the_jobs_of_each() -> None:
    together = jobs.pretrain_seeds(CONFIG, "ant-empty", "2")
    assert together.jobs == (jobs.pretrain(CONFIG, "ant-empty", "2", "3"), jobs.pretrain(CONFIG, "ant-empty", "2", "5"))


def test_coverage_counts_as_many_trajectories_for_every_budget() -> None:
    plain, budget = (jobs.coverage_trained(CONFIG, label, "2", "3") for label in ("ant-empty", "ant-empty@envs40"))
    assert (plain.envs, plain.batch, budget.envs, budget.batch) == (16, 8, 16, 40)
    untrained = jobs.coverage_untrained(CONFIG, "ant-empty", "4", "3")
    assert (untrained.heads, untrained.envs, untrained.noises) == (4, 16, CONFIG.coverage.noises)


def test_fig4_and_the_bridge_have_settings_of_their_own() -> None:
    assert jobs.visit(CONFIG, "ant-empty", "3", heads="2").envs == 12
    assert jobs.visit(CONFIG, "gridworld-room-det", "3", heads="2").envs == 24
    assert jobs.visit(CONFIG, "pointmaze-ring", "0", init="head0", goal="1").horizon == CONFIG.fig4.pretrain.horizon
    assert jobs.finetune(CONFIG, "pointmaze-ring", "head0", "1", "0").finetune == CONFIG.fig4.finetune
    assert jobs.goals(CONFIG, "pointmaze-ring").goals[0].points == CONFIG.fig4.goals


def test_ppo_from_random_heads_has_the_papers_overrides() -> None:
    random, pretrained = (jobs.finetune(CONFIG, "ant-empty", init, "1", "3") for init in ("random", "heads2"))
    assert (random.finetune.clip, pretrained.finetune.clip) == (0.2, CONFIG.jumpstart.finetune.clip)
    assert random.finetune.warmup == 1 and random.goal == 1
    assert jobs.initialise(CONFIG, "ant-empty", "3").heads == 4
    assert jobs.evaluate_heads(CONFIG, "ant-empty", "heads2", "2", "3").goal == 2


@pytest.mark.parametrize(
    ("init", "folder"), [("random", "initialise/{environment}"), ("heads2", "pretrain/{environment}/heads2")]
)
def test_the_policy_that_ppo_starts_from(init: str, folder: str) -> None:
    assert jobs.initial_policy(init) == folder


def test_grid_worlds_by_their_labels() -> None:
    job = jobs.gridworld_train(CONFIG, "room-det", "decayed", "single", "4")
    assert (job.world, job.agents, job.arm, job.variant) == ("room-det", 4, "single", VariantSettings(decay=0.9))
    assert jobs.gridworld_datasets(CONFIG, "room-det").seeds == CONFIG.gridworld.seeds
    assert jobs.world_of(CONFIG, "map-maps-own.txt") == "map:maps/own.txt"
    assert jobs.map_files(CONFIG, "map-maps-own.txt") == ["maps/own.txt"]
    assert jobs.map_files(CONFIG, "room-det") == []


def test_collaborative_training() -> None:
    job = jobs.collaborative_train(CONFIG, "hopper-hop", "sac")
    assert (job.task, job.seeds, job.settings.agents) == ("hopper-hop", (7,), 1)
    assert jobs.ce_diversity(CONFIG, task="hopper-hop", ce_arm="ce") == CONFIG.collaborative.diversity


def test_an_own_robot_is_an_input() -> None:
    own = Config.model_validate({"environments": [{"name": "mjcf:examples/rover/rover.xml", "label": "rover"}], "heads": [1]})
    assert "examples/rover/rover.xml" in jobs.model_files(own, "rover")
    assert jobs.model_files(CONFIG, "ant-empty") == []
