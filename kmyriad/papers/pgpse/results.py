"""Which figures, tables and claims of PGPSE the workflow makes, and of what; the bridge to K-Myriad is one of them."""

from collections.abc import Iterable, Sequence

from kmyriad.jobs.runs import GRIDWORLDS, PRETRAINED
from kmyriad.papers.result import Result
from kmyriad.settings import BridgeJob
from kmyriad.settings.config import Config
from kmyriad.settings.gridworld import ARMS, GridworldFigureJob, TheoremJob, label_of

TITLE = "PGPSE"
CLAIMS = "pgpse_claims"
"""Rule, file and caption of the verdicts on this paper alone."""
THEOREMS = {
    "frank_wolfe": (
        "rate of Frank-Wolfe",
        "entropy smoothed with sigma = 0.1. Exact oracles make all agents alike; sampled ones: each agent estimates the joint "
        "mixture from 100 trajectories of its own and breaks ties at random; means over 3 seeds",
    ),
    "concentration": (
        "concentration of the entropy",
        "agents that share one entropy-maximising mixture out, 2000 repeats of independent samples; bars: 95 % intervals. The "
        "bound of m agents is on any of them being off with its n / m samples",
    ),
}
"""What each shows, and the line below."""


def results(config: Config) -> list[Result]:
    """Return the entries; a figure of numbers of agents that were not trained is absent."""
    tables = [_finals(config), _specialisation(config)]
    return [*_figures(config), *_theorems(config), *([_bridge(config)] if _shown(config) else []), *tables]


def evidence(config: Config) -> dict[str, list[str]]:
    """Return the files that the claims rest on, by the names of `verdicts.EVIDENCE`."""
    return {name: _of_datasets(config, name) for name in ("datasets", "success")} | {"curves": _curves(config)}


def _worlds(config: Config) -> dict[str, str]:
    return {label_of(world): world for world in config.gridworld.worlds}


def _files(
    config: Config, stage: str, name: str, worlds: Iterable[str], agents: Sequence[int], variants: Sequence[str] = ("plain",)
) -> list[str]:
    folder = f"{config.results}/{stage}"
    return GRIDWORLDS.files(folder, name, world=list(worlds), variant=variants, agents=agents, arm=ARMS)


def _curves(config: Config, agents: Sequence[int] = (), variants: Sequence[str] = ("plain",)) -> list[str]:
    return _files(config, "gridworld_train", "metrics.csv", _worlds(config), agents or config.gridworld.agents, variants)


def _thetas(config: Config, worlds: Iterable[str], agents: Sequence[int], variants: Sequence[str] = ("plain",)) -> list[str]:
    return _files(config, "checkpoints/gridworld_train", "theta.safetensors", worlds, agents, variants)


def _of_datasets(config: Config, name: str) -> list[str]:
    return [f"{config.results}/gridworld_datasets/{world}/{name}.csv" for world in _worlds(config)]


def _shown(config: Config) -> int:
    """Return the number of agents whose territories the bridge shows; 0 where PGPSE's on its map were not trained."""
    both = set(config.bridge.heads) & set(config.gridworld.agents)
    return max(both) if both and config.bridge.world in config.gridworld.worlds else 0


def _figures(config: Config) -> list[Result]:
    """Return the paper's figures: 1 and 7 for the fewest and most agents and those between, the others for the most."""
    grid, worlds = config.gridworld, _worlds(config)
    ends, most = sorted({min(grid.agents), max(grid.agents)}), [max(grid.agents)]
    between = sorted(set(grid.agents) - set(ends))
    one = [max(set(config.bridge.heads) & set(grid.agents), default=most[0])]
    mazes = [label for label in worlds if label.startswith("maze")] or list(worlds)  # Fig. 8 of the paper shows Maze alone
    deterministic = [label for label in worlds if not label.endswith("-stoc")]
    over = f"{grid.updates} updates, {len(grid.seeds)} seeds; mean and 95 % t interval"
    datasets, success = (_of_datasets(config, name) for name in ("datasets", "success"))
    curve = "entropy and support"
    rows: list[tuple[str, str, str, list[str], Iterable[str], Sequence[int], str]] = [
        ("fig1", "fig1", curve, _curves(config, ends), worlds, ends, over),
        ("fig2", "fig2", "entropy of data sets", datasets, worlds, grid.agents, over),
        ("fig3", "fig3", "offline success", success, worlds, most, f"{most[0]} trajectories, {over}"),
        ("fig7", "fig1", curve, _curves(config, between) if between else [], worlds, between, over),
        ("fig8", "fig8", "visits", _thetas(config, mazes, most), mazes, most, f"{most[0]} agents or trajectories, all seeds"),
        ("fig9", "fig9", "goals reached", success, worlds, most, f"from {most[0]} trajectories, all seeds"),
        (
            "fig10",
            "fig10",
            "determinism",
            _thetas(config, deterministic, one),
            deterministic,
            one,
            f"{one[0]} agents, first seed",
        ),
    ]
    found = []
    for name, module, shows, inputs, labels, agents, note in rows:
        job = {"worlds": tuple(worlds[label] for label in labels), "agents": tuple(agents), "note": note}
        if all(job.values()):
            unread = _thetas(config, worlds, agents) if module == "fig1" else []
            made = GridworldFigureJob.model_validate(job)
            found.append(Result(f"pgpse_{name}", f"pgpse.{module}", shows, inputs, made, unread=unread))
    return found


def _theorems(config: Config) -> list[Result]:
    grid = config.gridworld
    return [
        Result(
            f"pgpse_{name}",
            f"pgpse.{name}",
            shows,
            [],
            TheoremJob(
                world=grid.worlds[0],
                agents=grid.theorem_agents,
                seeds=grid.seeds[:3],
                note=f"{label_of(grid.worlds[0])}; {note}",
            ),
        )
        for name, (shows, note) in THEOREMS.items()
    ]


def _bridge(config: Config) -> Result:
    bridge, grid = config.bridge, config.gridworld
    label = bridge.environment.label
    folder = f"{config.results}/checkpoints/visit"
    visits = PRETRAINED.files(folder, "particles.safetensors", environment=label, heads=bridge.heads, seed=bridge.seeds)
    variants = [name for name in ("plain", "infinite") if name in grid.variants]
    job = BridgeJob(
        world=bridge.world,
        agents=grid.agents,
        seeds=grid.seeds,
        visits=bridge.visits,
        shown=_shown(config),
        note=f"{bridge.world}; K-Myriad: {bridge.pretrain.envs} points x {bridge.pretrain.horizon} actions x "
        f"{bridge.pretrain.epochs} epochs, {len(bridge.seeds)} seeds; mean and 95 % t interval; maps: first seed",
    )
    inputs = [*visits, *_thetas(config, [label_of(bridge.world)], grid.agents, variants)]
    return Result("pgpse_bridge", "pgpse.bridge", "K-Myriad and PGPSE on the same map", inputs, job)


def _job(config: Config) -> GridworldFigureJob:
    return GridworldFigureJob(worlds=config.gridworld.worlds, agents=config.gridworld.agents)


def _finals(config: Config) -> Result:
    variants, agents = list(config.gridworld.variants), config.gridworld.agents
    return Result(
        "pgpse_finals",
        "pgpse.finals",
        "final entropy and support beside the authors' code",
        _curves(config, variants=variants),
        _job(config),
        kind="table",
        unread=_thetas(config, _worlds(config), agents, variants),
    )


def _specialisation(config: Config) -> Result:
    inputs, job = _of_datasets(config, "datasets"), _job(config)
    return Result("pgpse_specialisation", "pgpse.specialisation", "what specialisation adds", inputs, job, kind="table")
