"""Which figures, tables and claims of K-Myriad the workflow makes, and of what."""

from collections.abc import Sequence

from kmyriad.jobs.runs import FINETUNED, PRETRAINED
from kmyriad.papers.myriad import runs
from kmyriad.papers.result import Result
from kmyriad.settings import CoverageFigureJob, Fig4Job, FigureJob, GoalMapsJob, SceneJob, WalkJob
from kmyriad.settings.config import Config

TITLE = "K-Myriad"
CLAIMS = None
"""No table of its own: the verdicts stand with those of all papers in {results}/claims.md."""


def results(config: Config) -> list[Result]:
    """Return the entries; what needs ants, two features, several heads or another study's runs is absent without them."""
    found = [_fig5(config), _coverage(config), _fig7(config)]
    if config.trainings().keys() >= {*runs.budgets(config)} and runs.budgets(config):
        found.append(_fig6(config))
    if runs.mapped(config):
        found += [_fig8(config), _fig13(config)]
    if runs.long_runs(config):
        found.append(_fig10(config))
    if config.sweep.grid:
        found.append(_sweep(config))
    found += [_goal_map(config, figure, environments) for figure, environments in runs.goal_maps(config).items()]
    if runs.ants(config):
        found += [_fig4(config), _fig9(config), _walk(config)]
    return found + ([_table1(config)] if runs.several(config) else [])


def evidence(config: Config) -> dict[str, list[str]]:
    """Return the files that the claims rest on, by the names of `verdicts.EVIDENCE`."""
    labels = runs.labels(config)
    return {
        "metrics": runs.metrics(config, labels),
        "kl": _divergences(config),
        "budgets": runs.covered(config, runs.budgets(config), [config.fig6.heads]),
        "trained": runs.covered(config, labels + runs.controls(config)),
        "untrained": runs.untrained(config),
        "long": runs.metrics(config, runs.long_runs(config), config.fig10.heads),
        "outside": runs.tasks(config, labels, config.jumpstart.inits, inside=False),
        "inside": runs.tasks(config, runs.ants(config) if runs.goal_maps(config) else [], ["random"], inside=True),
    }


def _job(config: Config, note: str, environments: list[str]) -> FigureJob:
    return FigureJob(environments=tuple(environments), note=f"{config.scale} scale: {note}", extent=config.diversity.extent)


def _spread(config: Config) -> str:
    return "both seeds" if len(config.seeds) == 2 else "95 % t interval of the mean"


def _batch(config: Config) -> str:
    return f"{config.pretrain.envs} environments x {config.pretrain.horizon} steps"


def _divergences(config: Config) -> list[str]:
    heads = runs.several(config)
    return runs.of_runs(config, "diversity", "kl.csv", runs.labels(config), heads) if heads else []


def _fig5(config: Config) -> Result:
    environments = runs.labels(config) + runs.controls(config)
    note = (
        f"{_batch(config)} an epoch, {len(config.seeds)} seeds; line: mean, band: {_spread(config)}; "
        "dotted: untrained policies at the best noise and number of heads, in batches of the same size"
    )
    return Result(
        "fig5",
        "myriad.fig5",
        "state entropy and noise against epochs",
        [*runs.metrics(config, environments), *runs.untrained(config)],
        _job(config, note, runs.labels(config)),
        unread=runs.policies(config, environments),
    )


def _coverage(config: Config) -> Result:
    note = (
        f"{config.scale} scale: {config.coverage.envs} trajectories of {config.pretrain.horizon} steps for every number "
        f"of heads, {len(config.seeds)} seeds; lines: untrained policies, markers: trained ones with {_spread(config)}"
    )
    labels = runs.labels(config)
    return Result(
        "coverage",
        "myriad.coverage",
        "trained policies beside untrained noise",
        [*runs.covered(config, labels + runs.controls(config)), *runs.untrained(config)],
        CoverageFigureJob(environments=tuple(labels), note=note, update=config.pretrain.update),
    )


def _fig6(config: Config) -> Result:
    budgets, heads = runs.budgets(config), [config.fig6.heads]
    note = f"{config.fig6.heads} heads, {config.pretrain.horizon} steps, {len(config.seeds)} seeds; mean and {_spread(config)}"
    return Result(
        "fig6",
        "myriad.fig6",
        "state entropy by number of trajectories",
        [*runs.metrics(config, budgets, heads), *runs.covered(config, budgets, heads)],
        _job(config, note, [config.fig6.environment]),
        unread=runs.policies(config, budgets, heads),
    )


def _fig7(config: Config) -> Result:
    settings, goals = config.jumpstart.finetune, config.jumpstart.goals
    note = (
        f"{settings.envs} environments x {settings.horizon} steps an update, {len(config.seeds)} seeds and {goals.number} goals "
        f"{goals.inner:g} to {goals.outer:g} m away; line: mean, band: {_spread(config)}"
    )
    labels = runs.labels(config)
    inputs = runs.tasks(config, labels, config.jumpstart.inits, inside=False)
    return Result("fig7", "myriad.fig7", "success of PPO against updates", inputs, _job(config, note, labels))


def _fig8(config: Config) -> Result:
    mapped, heads = runs.mapped(config), runs.most_shown(config)
    note = f"{heads} heads, {config.diversity.envs} trajectories of {config.pretrain.horizon} steps"
    folder = f"{config.results}/checkpoints/visit"
    inputs = PRETRAINED.files(folder, "particles.safetensors", environment=mapped, heads=heads, seed=config.seeds[0])
    return Result("fig8", "myriad.fig8", "positions by head", inputs, _job(config, note, mapped))


def _fig10(config: Config) -> Result:
    batch, labels = _batch(config), runs.long_runs(config)
    return _curves(config, "fig10", "fig5", "state entropy over a long run", batch, labels, config.fig10.heads)


def _sweep(config: Config) -> Result:
    sweep = config.sweep
    return _curves(config, "sweep", "sweep", "entropy over a grid of settings", sweep.environment, sweep.labels(), sweep.heads)


def _curves(config: Config, name: str, module: str, shows: str, of: str, labels: list[str], heads: Sequence[int]) -> Result:
    """Return the figure of the metrics of all runs of `labels`, each for all `heads`; `of` begins the line below it."""
    note = f"{of}, {len(config.seeds)} seeds; mean and {_spread(config)}"
    metrics, policies = runs.metrics(config, labels, heads), runs.policies(config, labels, heads)
    return Result(name, f"myriad.{module}", shows, metrics, _job(config, note, labels), unread=policies)


def _goal_map(config: Config, figure: str, environments: list[str]) -> Result:
    radius = config.jumpstart.goals.inner
    job = GoalMapsJob(
        environments=tuple(config.environment(label) for label in environments),
        radius=radius,
        note=f"{config.scale} scale: PPO from the best of {config.jumpstart.random_heads} random heads, "
        f"{len(config.seeds)} seeds; dashed: {radius:g} m; line: median, band: quartiles",
    )
    goals = [f"{config.results}/goals/{label}.json" for label in environments]
    outside, inside = (runs.tasks(config, environments, ["random"], inside=where) for where in (False, True))
    inputs = [*goals, *outside, *inside]
    return Result(figure, "myriad.goal_maps", "goals, and PPO without pretraining", inputs, job, caption="goal_maps")


def _fig13(config: Config) -> Result:
    mapped = runs.mapped(config)
    note = f"{config.diversity.envs} trajectories of {config.pretrain.horizon} steps, all seeds"
    inputs = runs.of_runs(config, "checkpoints/visit", "particles.safetensors", mapped)
    return Result("fig13", "myriad.fig13", "heat maps of the visits", inputs, _job(config, note, mapped))


def _fig4(config: Config) -> Result:
    fig4, envs = config.fig4, config.diversity.envs
    run = {"environment": fig4.environment.label, "seed": fig4.seed}
    task = {**run, "init": [f"head{head}" for head in range(fig4.heads)], "goal": range(len(fig4.goals))}
    note = f"{fig4.pretrain.horizon} steps, seed {fig4.seed}; {envs // fig4.heads} trajectories a head before PPO, {envs} after"
    inputs = [
        *PRETRAINED.files(f"{config.results}/checkpoints/visit", "particles.safetensors", **run, heads=fig4.heads),
        *FINETUNED.files(f"{config.results}/checkpoints/visit_finetuned", "particles.safetensors", **task),
        *FINETUNED.files(f"{config.results}/finetune", "metrics.csv", **task),
        f"{config.results}/goals/{fig4.environment.label}.json",
    ]
    job = Fig4Job(environment=fig4.environment, note=note)
    return Result("fig4", "myriad.fig4", "two heads in a point maze, before and after PPO", inputs, job)


def _fig9(config: Config) -> Result:
    environments = tuple(config.environment(label) for label in runs.ants(config))
    job = SceneJob(environments=environments, note="squares of 1 m; colours give the height of a box's top")
    return Result("fig9", "myriad.fig9", "pictures of the terrains", [], job)


def _walk(config: Config) -> Result:
    """Return the film of one ant for each head of the policy that Fig. 8 shows first."""
    label, heads = runs.ants(config)[0], runs.most_shown(config)
    folder = f"{config.results}/checkpoints/pretrain"
    job = WalkJob(
        environment=config.environment(label),
        seed=config.seeds[0],
        horizon=min(config.pretrain.horizon, 100),  # eight seconds: longer ones do not fit into a megabyte
        threads=config.pretrain.threads,
    )
    inputs = PRETRAINED.files(folder, "policy.safetensors", environment=label, heads=heads, seed=config.seeds[0])
    return Result("walk", "myriad.walk", f"one ant for each of {heads} heads", inputs, job, kind="film")


def _table1(config: Config) -> Result:
    job = _job(config, "", runs.labels(config))
    return Result("table1", "myriad.table1", "KL divergence between the heads", _divergences(config), job, kind="table")
