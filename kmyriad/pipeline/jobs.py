"""The settings of each job, from the config and the wildcards of its rule; all wildcards are text."""

from kmyriad.settings import (
    ClaimsJob,
    CoverageJob,
    DiversityJob,
    EvaluateHeadsJob,
    FinetuneJob,
    GoalsJob,
    InitialiseJob,
    PretrainJob,
    PretrainSeedsJob,
    UntrainedCoverageJob,
    VisitJob,
    gridworld,
)
from kmyriad.settings.collaborative.arm import CollaborativeTrainJob
from kmyriad.settings.collaborative.baselines import CollaborativeDiversitySettings, CollaborativeGaitsSettings
from kmyriad.settings.config import Config
from kmyriad.settings.gallery import GalleryJob
from kmyriad.settings.gridworld import GridworldDatasetsJob, GridworldTrainJob, label_of


def pretrain(config: Config, environment: str, heads: str, seed: str) -> PretrainJob:
    """Return the settings of one pretraining run."""
    return PretrainJob(
        environment=config.environment(environment),
        heads=int(heads),
        seed=int(seed),
        pretrain=config.trainings()[environment].pretrain,
    )


def pretrain_seeds(config: Config, environment: str, heads: str) -> PretrainSeedsJob:
    """Return the settings of all seeds' runs."""
    return PretrainSeedsJob(jobs=tuple(pretrain(config, environment, heads, str(seed)) for seed in config.seeds))


def coverage_trained(config: Config, environment: str, heads: str, seed: str) -> CoverageJob:
    """Return the settings of how far a trained policy goes."""
    training = config.trainings()[environment]
    return CoverageJob(
        environment=training.environment,
        seed=int(seed),
        envs=config.coverage.envs,
        batch=training.pretrain.envs,
        horizon=training.pretrain.horizon,
        k=training.pretrain.k,
        threads=training.pretrain.threads,
    )


def coverage_untrained(config: Config, environment: str, heads: str, seed: str) -> UntrainedCoverageJob:
    """Return the settings of how far untrained policies go."""
    return UntrainedCoverageJob(
        **dict(coverage_trained(config, environment, heads, seed)),
        heads=int(heads),
        noises=config.coverage.noises,
        pretrain=config.trainings()[environment].pretrain,
        log_std_range=config.coverage.log_std_range,
    )


def goals(config: Config, environment: str) -> GoalsJob:
    """Return the settings of an environment's goals."""
    return GoalsJob(environment=config.environment(environment), goals=config.goals(environment))


def initialise(config: Config, environment: str, seed: str) -> InitialiseJob:
    """Return the settings of random heads."""
    return InitialiseJob(
        environment=config.environment(environment),
        heads=config.jumpstart.random_heads,
        seed=int(seed),
        pretrain=config.pretrain,
        log_std_range=config.coverage.log_std_range,
    )


def evaluate_heads(config: Config, environment: str, init: str, goal: str, seed: str) -> EvaluateHeadsJob:
    """Return the settings of how a policy's heads do on a goal."""
    return EvaluateHeadsJob(
        environment=config.environment(environment),
        goal=int(goal),
        seed=int(seed),
        envs=config.pretrain.envs,
        horizon=config.jumpstart.finetune.horizon,
        rollouts=config.jumpstart.rollouts,
        threads=config.pretrain.threads,
    )


def finetune(config: Config, environment: str, init: str, goal: str, seed: str) -> FinetuneJob:
    """Return the settings of one run of PPO."""
    return FinetuneJob(
        environment=config.environment(environment),
        goal=int(goal),
        seed=int(seed),
        finetune=config.finetune(environment, init),
        checkpoint_seconds=config.pretrain.checkpoint_seconds,
        threads=config.pretrain.threads,
    )


def gallery_head(config: Config, name: str) -> GalleryJob:
    """Return the settings of one file of the gallery; an episode is as long as in its training."""
    entry = config.gallery.named(name)
    training = config.trainings()[entry.environment]
    after_ppo = entry.init is not None
    return GalleryJob(
        name=name,
        shows=entry.shows,
        environment=training.environment,
        head=0 if after_ppo else entry.head,
        goal=entry.goal if after_ppo else None,
        seed=entry.seed,
        horizon=config.jumpstart.finetune.horizon if after_ppo else training.pretrain.horizon,
        threads=config.pretrain.threads,
    )


def visit(config: Config, environment: str, seed: str, **others: str) -> VisitJob:
    """Return the settings of where a policy goes once more, a pretrained or a fine-tuned one."""
    return VisitJob(
        environment=config.environment(environment),
        seed=int(seed),
        envs=config.visits(environment),
        horizon=config.trainings()[environment].pretrain.horizon,
        threads=config.pretrain.threads,
    )


def diversity(config: Config, **run: str) -> DiversityJob:
    """Return the settings of the divergence between heads."""
    return DiversityJob(k=config.diversity.k, threads=config.pretrain.threads)


def gridworld_train(config: Config, world: str, variant: str, arm: str, agents: str) -> GridworldTrainJob:
    """Return the settings of one arm's training on a grid world, all seeds."""
    grid = config.gridworld
    return GridworldTrainJob.model_validate(
        {
            "world": world_of(config, world),
            "agents": int(agents),
            "arm": arm,
            "variant": grid.variants[variant],
            "seeds": grid.seeds,
            "updates": grid.updates,
            "batch": grid.batch,
            "block": grid.block,
        }
    )


def gridworld_datasets(config: Config, world: str) -> GridworldDatasetsJob:
    """Return the settings of the data sets of one grid world."""
    grid = config.gridworld
    return GridworldDatasetsJob(world=world_of(config, world), seeds=grid.seeds, datasets=grid.datasets, offline_q=grid.offline_q)


def collaborative_train(config: Config, task: str, ce_arm: str) -> CollaborativeTrainJob:
    """Return the settings of one arm's training on a task, all seeds."""
    study = config.collaborative
    entry = study.entries()[task, ce_arm]
    return CollaborativeTrainJob(
        task=task,
        settings=entry.settings,
        seeds=entry.seeds,
        checkpoint_seconds=study.checkpoint_seconds,
        device=study.device,
    )


def ce_diversity(config: Config, **training: str) -> CollaborativeDiversitySettings:
    """Return the settings of how unlike the agents of a training are."""
    return config.collaborative.diversity


def ce_gaits(config: Config, **training: str) -> CollaborativeGaitsSettings:
    """Return the settings of how the agents of a training move."""
    return config.collaborative.gaits


def world_of(config: Config, label: str) -> str:
    """Return the grid world that paths call `label`."""
    return next(world for world in config.gridworld.worlds if label_of(world) == label)


def initial_policy(init: str) -> str:
    """Return the folder, below checkpoints/ and with {environment} open, of the policy that PPO with `init` starts from."""
    return "initialise/{environment}" if init == "random" else f"pretrain/{{environment}}/{init}"


def model_files(config: Config, environment: str) -> list[str]:
    """Return the files that the environment of a run is made from (mjcf: the model): a changed one makes the run out of date."""
    return [str(file) for file in config.environment(environment).files]


def map_files(config: Config, world: str) -> list[str]:
    """Return the file that a grid world is drawn in, if it is a map of its own."""
    return [str(file) for file in gridworld.map_files(world_of(config, world))]


def claims(config: Config) -> ClaimsJob:
    """Return the settings of the verdicts on the papers' claims."""
    return ClaimsJob(scale=config.scale, epochs=config.pretrain.epochs, update=config.pretrain.update)
