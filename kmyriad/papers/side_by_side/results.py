"""Which figures, tables and claims of the comparison the workflow makes, and of what."""

from kmyriad.papers.result import Kind, Result
from kmyriad.papers.side_by_side.runs import SENT, TRAINED
from kmyriad.settings.config import Config
from kmyriad.settings.side_by_side import SideFigureJob

TITLE = "Side by side"
CLAIMS = "side_claims"
"""Rule, file and caption of the verdicts."""


def results(config: Config) -> list[Result]:
    """Return the entries; none at a scale without tasks."""
    side = config.side_by_side
    if not side.tasks:
        return []
    note = f"{side.agents} agents, equal environment steps, {len(side.seeds)} seeds"
    over = f"{note}; mean and {'both seeds' if len(side.seeds) == 2 else '95 % t interval'}"
    curves, measures, visits = _trained(config), _measured(config, "measures.csv"), _measured(config, "visits.csv")
    levels = f"{note}, a point each; grey: equal common entropy, half a nat apart; dotted: log {side.agents}"
    where = f"{note}, the first shown; a colour an agent, of {side.trajectories} trajectories each"
    rows: list[tuple[str, str, list[str], str, Kind]] = [
        ("curves", "entropy in training", curves, over, "figure"),
        ("scatter", "each alone, and apart", measures, levels, "figure"),
        ("maps", "who went where", visits, where, "figure"),
        ("table", "all measures", [*curves, *measures, *sent(config), *sent(config, "side_sac")], note, "table"),
    ]
    return [
        Result(f"side_by_side_{name}", f"side_by_side.{name}", shows, inputs, _job(config, below), kind, unread=_teams(config))
        for name, shows, inputs, below, kind in rows
    ]


def evidence(config: Config) -> dict[str, list[str]]:
    """Return the files that the claims rest on, by the names of `verdicts.EVIDENCE`."""
    return {"measures": _measured(config, "measures.csv"), "sent": sent(config), "continued": sent(config, "side_sac")}


def _job(config: Config, note: str) -> SideFigureJob:
    side = config.side_by_side
    return SideFigureJob(tasks=tuple(side.places), methods=side.methods, agents=side.agents, note=f"{config.scale} scale, {note}")


def _trained(config: Config) -> list[str]:
    return _runs(config, "side_train", "metrics.csv")


def _measured(config: Config, name: str) -> list[str]:
    return _runs(config, "side_measure", name)


def _teams(config: Config) -> list[str]:
    return _runs(config, "checkpoints/side_train", "team.safetensors")


def _runs(config: Config, folder: str, name: str) -> list[str]:
    side = config.side_by_side
    return TRAINED.files(f"{config.results}/{folder}", name, place=side.places, method=side.methods, seed=side.seeds)


def sent(config: Config, stage: str = "side_finetune") -> list[str]:
    """Return the metrics of all runs to goals: of PPO, or of `side_sac`, which goes on from some methods."""
    side = config.side_by_side
    methods = [name for name in side.methods if stage == "side_finetune" or name in side.continued]
    return [
        file
        for task in side.tasks
        if task.goals
        for file in SENT.files(
            f"{config.results}/{stage}",
            "metrics.csv",
            place=task.name,
            method=methods,
            goal=range(len(task.goals)),
            seed=side.seeds,
        )
    ]
