"""Which figures, tables and claims of Collaborative Exploration the workflow makes, and of what.

What a scale does not train is left out: an arm, a task, and a figure or table whose own arms are all missing.
"""

from collections.abc import Sequence

from kmyriad.papers.collaborative.runs import TRAININGS
from kmyriad.papers.result import Result
from kmyriad.settings.collaborative.study import (
    FIG_4,
    FIG_5,
    FIG_6,
    FIG_7,
    FIG_8,
    FIG_9,
    FIG_12,
    FIG_13,
    TABLE_1,
    TABLE_2,
    TABLE_3,
    TABLE_6,
    TABLE_7,
    TABLE_8,
    TABLE_9,
    TABLE_10,
    CollaborativeFigureJob,
)
from kmyriad.settings.collaborative.tasks import GAMES, GYMNASIUM, PIXELS, WALKERS
from kmyriad.settings.config import Config

TITLE = "Collaborative Exploration"
CLAIMS = "ce_claims"
"""Rule, file and caption of the verdicts on this paper alone."""
Chosen = tuple[list[str], list[str]]
"""Tasks and arms."""


def results(config: Config) -> list[Result]:
    """Return the entries."""
    suite, maze = _suite(config), [task for task in _tasks(config) if task == "maze"]
    curves = (
        ("ce_fig7", "data collection", FIG_7),
        ("ce_fig9", "networks of several heads", FIG_9),
        ("ce_fig12", "one SAC with more updates", FIG_12),
    )
    scores = {
        "ce_table2": ("random network distillation", TABLE_2),
        "ce_table6": ("components", TABLE_6),
        "ce_table7": ("numbers of agents", TABLE_7),
        "ce_table8": ("encoders", TABLE_8),
        "ce_table9": ("numbers of neighbours", TABLE_9),
    }
    found = [
        _figure(config, "ce_fig3", "fig3", "IQM over tasks", _trained(config, TABLE_1, suite)),
        _figure(config, "ce_fig4", "curves", "pictures", _trained(config, FIG_4, _pixels(config))),
        _figure(config, "ce_fig5", "fig5", "who goes where in the maze", _trained(config, FIG_5, maze), "visits.csv"),
        _figure(config, "ce_fig6", "fig6", "gaits", _trained(config, FIG_6, WALKERS), "gaits.csv"),
        *(_figure(config, name, "curves", shows, _ablation(config, arms)) for name, shows, arms in curves),
        _figure(config, "ce_fig8", "fig8", "evaluation", _all_trained(config, FIG_8)),
        _figure(config, "ce_fig11", "curves", "learning curves", _trained(config, TABLE_1, _others(config))),
        _figure(config, "ce_fig13", "curves", "games", _trained(config, FIG_13, _games(config))),
        _table(config, "ce_table1", "scores by task and arm", _trained(config, TABLE_1, _others(config))),
        _table(config, "ce_table3", "diversity of agents", diverse(config), "table3", "diversity.csv"),
        _table(config, "ce_table10", "time of training", timed(config), "table10"),
        *(_table(config, name, shows, _ablation(config, arms)) for name, (shows, arms) in scores.items()),
    ]
    return [result for result in found if result]


def evidence(config: Config) -> dict[str, list[str]]:
    """Return the files that the claims rest on, by the names of `verdicts.EVIDENCE`."""
    arms = list(dict.fromkeys(arm for _, arm in config.collaborative.entries()))
    maze = [task for task in _tasks(config) if task == "maze"]
    return {
        "returns": _files(config, "metrics.csv", (_others(config), arms)),
        "diversity": _files(config, "diversity.csv", diverse(config)),
        "pixels": _files(config, "metrics.csv", (_pixels(config), arms)),
        "games": _files(config, "metrics.csv", (_games(config), arms)),
        "visits": _files(config, "visits.csv", (maze, arms)),
    }


def diverse(config: Config) -> Chosen:
    """Return the tasks on which sets of Replica and of CE were trained (one agent is no set), and the arms of Table 3."""
    entries = config.collaborative.entries()
    paired, _ = _trained(config, ("replica", "ce"), [task for task in _others(config) if task != "maze"])
    lone = [task for (task, arm), entry in entries.items() if arm in TABLE_3 and entry.settings.agents == 1]
    return _trained(config, TABLE_3, [task for task in paired if task not in lone])


def timed(config: Config) -> Chosen:
    """Return the tasks on which one SAC was trained and a set of agents beside it, and the arms of Table 10."""
    entries = config.collaborative.entries()
    return _trained(config, TABLE_10, [task for task in _tasks(config) if (task, "sac") in entries])


def _tasks(config: Config) -> list[str]:
    return list(dict.fromkeys(task for task, _ in config.collaborative.entries()))


def _suite(config: Config) -> list[str]:
    """Return the tasks of the Control suite: their returns are all between 0 and 1000."""
    return [task for task in _others(config) if task not in ("maze", *GYMNASIUM)]


def _others(config: Config) -> list[str]:
    """Return the tasks whose observations are no pictures."""
    return [task for task in _tasks(config) if task not in (*GAMES, *PIXELS)]


def _games(config: Config) -> list[str]:
    return [task for task in _tasks(config) if task in GAMES]


def _pixels(config: Config) -> list[str]:
    return [task for task in _tasks(config) if task in PIXELS]


def _trained(config: Config, arms: Sequence[str], tasks: Sequence[str] | None = None, own: Sequence[str] = ()) -> Chosen:
    """Return the `tasks` on which at least two of `arms` were trained, one of `own` among them, and which arms these were.

    `own`: arms that the others are only beside to be compared with (default: any).
    """
    entries = config.collaborative.entries()
    chosen = [
        task
        for task in (_tasks(config) if tasks is None else tasks)
        if sum((task, arm) in entries for arm in arms) > 1 and any((task, arm) in entries for arm in own or arms)
    ]
    return chosen, [arm for arm in arms if any((task, arm) in entries for task in chosen)]


def _all_trained(config: Config, arms: Sequence[str]) -> Chosen:
    """Return the tasks on which all `arms` were trained, and these."""
    entries = config.collaborative.entries()
    return [task for task in _tasks(config) if all((task, arm) in entries for arm in arms)], list(arms)


def _ablation(config: Config, arms: Sequence[str]) -> Chosen:
    """Return the same for an ablation: SAC, Replica and CE are in Table 1, it needs an arm of its own."""
    return _trained(config, arms, _others(config), own=[arm for arm in arms if arm not in ("sac", "replica", "ce")])


def _files(config: Config, name: str, chosen: Chosen) -> list[str]:
    """Return the files `name` of the trainings that there are of these tasks and arms."""
    folder, entries = f"{config.results}/collaborative_train", config.collaborative.entries()
    pairs = [(task, arm) for task in chosen[0] for arm in chosen[1] if (task, arm) in entries]
    return [file for task, arm in pairs for file in TRAININGS.files(folder, name, task=task, arm=arm)]


def _job(config: Config, chosen: Chosen) -> CollaborativeFigureJob:
    """Return the settings of a figure or table; the line below says how much was trained."""
    found = config.collaborative.entries()
    entries = [found[task, arm] for task in chosen[0] for arm in chosen[1] if (task, arm) in found]
    seeds = sorted({len(entry.seeds) for entry in entries})
    steps = sorted({entry.settings.env_steps for entry in entries})
    networks = [entry.settings.sac.critic if entry.settings.learner == "dqn" else entry.settings.sac.actor for entry in entries]
    widths = sorted({"-".join(map(str, layers)) for layers in networks})
    repeats = sorted({entry.settings.repeat for entry in entries})
    counts = [", ".join(map(str, numbers)) for numbers in (seeds, steps, widths, repeats)]
    return CollaborativeFigureJob(
        tasks=tuple(chosen[0]),
        arms=tuple(chosen[1]),
        resamples=config.collaborative.resamples,
        note=f"{config.scale} scale: {counts[0]} seeds; environment steps of all agents together {counts[1]}; "
        f"widths {counts[2]}; action repeat {counts[3]}",
    )


def _figure(config: Config, name: str, module: str, shows: str, chosen: Chosen, file: str = "metrics.csv") -> Result | None:
    if not chosen[0]:
        return None
    return Result(name, f"collaborative.{module}", shows, _files(config, file, chosen), _job(config, chosen))


def _table(
    config: Config, name: str, shows: str, chosen: Chosen, module: str = "scores", file: str = "metrics.csv"
) -> Result | None:
    if not chosen[0]:
        return None
    files, job = _files(config, file, chosen), _job(config, chosen)
    return Result(name, f"collaborative.{module}", shows, files, job, kind="table")
