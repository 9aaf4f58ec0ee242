"""Which runs K-Myriad's figures, tables and claims are made of, by the config."""

from collections.abc import Sequence

from kmyriad.jobs.runs import FINETUNED, PRETRAINED
from kmyriad.settings.config import Config


def labels(config: Config) -> list[str]:
    """Return the labels of the environments."""
    return [environment.label for environment in config.environments]


def ants(config: Config) -> list[str]:
    """Return the labels of those that are ants."""
    return [environment.label for environment in config.environments if environment.is_ant]


def mapped(config: Config) -> list[str]:
    """Return the labels of those that maps can show: with two features or more, of which the first two are taken as x and y."""
    return [environment.label for environment in config.environments if len(environment.features) > 1]


def controls(config: Config) -> list[str]:
    """Return the labels of the runs with the other update."""
    return [config.control.label(environment, config.pretrain) for environment in config.controlled]


def several(config: Config) -> list[int]:
    """Return the numbers of heads that have a divergence."""
    return [heads for heads in config.heads if heads > 1]


def most_shown(config: Config) -> int:
    """Return the heads of the policy that Fig. 8 and the film show: 10 as in the paper, else the most there are."""
    return 10 if 10 in config.heads else max(config.heads)


def budgets(config: Config) -> list[str]:
    """Return the labels of Fig. 6's runs; none where its environment is not among ours."""
    found = [config.fig6.label(envs) for envs in config.fig6.envs]
    return found if found[0] in config.trainings() else []


def long_runs(config: Config) -> list[str]:
    """Return the labels of Fig. 10's runs; none where its environment is not among ours."""
    return [config.fig10.label] if config.fig10.label in config.trainings() else []


def goal_maps(config: Config) -> dict[str, list[str]]:
    """Return the environments of Figs. 11 (the first ant) and 12 (the others), which show PPO from random heads."""
    ours = ants(config) if "random" in config.jumpstart.inits else []
    return {figure: chosen for figure, chosen in (("fig11", ours[:1]), ("fig12", ours[1:])) if chosen}


def of_runs(config: Config, stage: str, name: str, environments: Sequence[str], heads: Sequence[int] | None = None) -> list[str]:
    """Return the files `name` of `stage` for all seeds of the environments and numbers of heads (default: the config's)."""
    folder = f"{config.results}/{stage}"
    return PRETRAINED.files(folder, name, environment=environments, heads=heads or config.heads, seed=config.seeds)


def metrics(config: Config, environments: Sequence[str], heads: Sequence[int] | None = None) -> list[str]:
    """Return the metrics of pretraining runs."""
    return of_runs(config, "pretrain", "metrics.csv", environments, heads)


def policies(config: Config, environments: Sequence[str], heads: Sequence[int] | None = None) -> list[str]:
    """Return the checkpoints of pretraining runs."""
    return of_runs(config, "checkpoints/pretrain", "policy.safetensors", environments, heads)


def covered(config: Config, environments: Sequence[str], heads: Sequence[int] | None = None) -> list[str]:
    """Return how far trained policies go."""
    return of_runs(config, "coverage_trained", "coverage.csv", environments, heads)


def untrained(config: Config) -> list[str]:
    """Return how far untrained policies go."""
    return of_runs(config, "coverage_untrained", "coverage.csv", labels(config))


def tasks(config: Config, environments: Sequence[str], inits: Sequence[str], inside: bool) -> list[str]:
    """Return the metrics of PPO to the goals outside (or inside) the radius; an own reward is an environment's one task."""
    return [
        file
        for environment in environments
        for file in FINETUNED.files(
            f"{config.results}/finetune",
            "metrics.csv",
            environment=environment,
            init=inits,
            goal=config.tasks(config.environment(environment), inside),
            seed=config.seeds,
        )
    ]
