"""Who acts: the chosen heads of the files, each with an environment of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from kmyriad.envs.ant.terrains import TERRAINS
from kmyriad.jobs.checkpoint import load_policy
from kmyriad.jobs.environments import Goal
from kmyriad.jobs.files import StageError
from kmyriad.jobs.teams import load_team
from kmyriad.names import choose
from kmyriad.play.policy_file import PolicyFile
from kmyriad.play.simulation import Simulation, simulate, simulate_task
from kmyriad.settings import EnvironmentSettings
from kmyriad.settings.collaborative.tasks import PIXELS

Actor = Callable[[Tensor], Tensor]
"""From an observation [1, obs_dim] to an action [1, action_dim]."""


@dataclass(frozen=True)
class Request:
    """What to play, as on the command line.

    paths: files of policies, all of one robot. heads: None for the first ones. sampled: actions with the policy's noise.
    goal: (x, y) in metres; None: the one that the first file was trained for. terrain: of the ants; None: that of training.
    seconds: simulated ones of an episode; None: SECONDS. video: file to write; None: a window. seed: of the noise.
    """

    paths: tuple[Path, ...]
    heads: list[int] | None = None
    sampled: bool = False
    goal: Goal | None = None
    terrain: str | None = None
    seconds: float | None = None
    video: Path | None = None
    seed: int = 0


@dataclass(frozen=True)
class Cast:
    """Actors and the copies that they act in, the i-th in the i-th; `about` says in one line what is played."""

    simulation: Simulation
    actors: list[Actor]
    names: list[str]
    goal: Goal | None
    about: str

    def act(self, obs: Tensor) -> Tensor:
        """Return actions [n, action_dim] for observations [n, obs_dim]."""
        return torch.cat([actor(obs[i : i + 1]) for i, actor in enumerate(self.actors)])


def assemble(request: Request) -> Cast:
    """Load what `request` names, into an environment.

    Raises:
        StageError: no policy, a damaged one, one of another robot; no such head; an option that the environment does not take.
        ValueError, ImportError: as `kmyriad.envs.make`; unknown terrain.
    """
    files = [PolicyFile.read(path) for path in request.paths]
    chosen = [file.chosen(request.heads) for file in files]
    names = [name for file, heads in zip(files, chosen, strict=True) for name in _names(file, heads, len(files) > 1)]
    if files[0].is_agents:
        return _agents(files, chosen[0], names, request)
    environment, goal = _place(files[0], request)
    simulation = simulate(environment, len(names), goal)
    actors = [actor for file, heads in zip(files, chosen, strict=True) for actor in _heads(file, heads, simulation, request)]
    about = "; ".join(_about(file, heads, environment.name) for file, heads in zip(files, chosen, strict=True))
    where = "" if goal is None else f"goal {goal[0]:g},{goal[1]:g} m, "
    return Cast(simulation, actors, names, goal, f"{about}; {where}{_acting(request)}")


def _names(file: PolicyFile, heads: list[int], beside: bool) -> list[str]:
    """Return what the heads are called in pictures: by their numbers, and by the file where others are `beside` it."""
    if not beside:
        return [str(head) for head in heads]
    return [file.path.stem] if file.members == 1 else [f"{file.path.stem} {head}" for head in heads]


def _place(file: PolicyFile, request: Request) -> tuple[EnvironmentSettings, Goal | None]:
    """Return environment and goal, by the options or by the file."""
    environment = file.environment
    if request.terrain is not None:
        terrain = choose(request.terrain.removeprefix("ant-"), TERRAINS, "terrain")
        if environment is not None and not environment.is_ant:
            raise StageError(f"{file.path} is a policy of {environment.name}, no ant's: leave out --terrain, which is for ants")
        settings = environment.settings if environment else {}
        environment = EnvironmentSettings(name=f"ant-{terrain}", label=f"ant-{terrain}", settings=settings)
    if environment is None:
        raise StageError(f"nothing says where {file.path} was trained: if it is an ant's, name a terrain, e.g. --terrain empty")
    if request.goal is not None and not environment.takes_goals:
        raise StageError(f"{environment.name} has a reward of its own and takes no goal: leave out --goal")
    return environment, request.goal or file.goal


def _heads(file: PolicyFile, heads: list[int], simulation: Simulation, request: Request) -> list[Actor]:
    load = load_team if file.is_team else load_policy
    policy = load(file.path, simulation.obs_dim, simulation.action_dim)

    def actor(head: int) -> Actor:
        single, generator = policy.select_head(head), torch.Generator().manual_seed(request.seed + head)
        return lambda obs: single.sample(obs, generator, deterministic=not request.sampled)[0]

    return [actor(head) for head in heads]


def _agents(files: list[PolicyFile], chosen: list[int], names: list[str], request: Request) -> Cast:
    """Return the cast of agents of Collaborative Exploration, numbered through all seeds."""
    file = files[0]
    if len(files) > 1:
        raise StageError(f"{file.path} holds agents of Collaborative Exploration, which are shown by themselves: name one file")
    for option, value in (("--terrain", request.terrain), ("--goal", request.goal)):
        if value is not None:
            raise StageError(f"{file.path} holds agents of {file.settings['task']}, which takes no {option}: leave it out")
    if file.settings["task"] in PIXELS:
        raise StageError(
            f"{file.path} holds agents that see pictures of {file.settings['task']}, which kmyriad play does not show"
        )
    from kmyriad.collaborative.algorithms import make_learner
    from kmyriad.collaborative.streams import Streams
    from kmyriad.collaborative.tasks.pool import Space
    from kmyriad.jobs.agents import load_policies, read_training

    training, tensors = read_training(file.path)
    simulation = simulate_task(training.task, len(chosen), training.settings, request.seed)
    space = Space(simulation.obs_dim, simulation.action_dim)
    learner = make_learner(space, training.settings, Streams(training.seeds))
    load_policies(learner, tensors, file.path)
    groups, agents = len(training.seeds), training.settings.agents

    def actor(index: int) -> Actor:
        generator = torch.Generator().manual_seed(request.seed + index)

        def act(obs: Tensor) -> Tensor:
            mean, log_std = (each.flatten(0, 1)[index] for each in learner.policies(obs.expand(groups, agents, 1, -1)))
            noise = torch.randn(mean.shape, generator=generator) if request.sampled else torch.zeros_like(mean)
            return learner.bounded(mean + log_std.exp() * noise)

        return act

    about = f"{_about(file, chosen, training.task)}; {_acting(request)}"
    return Cast(simulation, [actor(index) for index in chosen], names, None, about)


def _about(file: PolicyFile, heads: list[int], where: str) -> str:
    trained = file.settings.get("task") if file.is_agents else file.environment and file.environment.name
    there = where if trained in (None, where) else f"{where} (trained in {trained})"
    shown = f"{file.member}{'' if len(heads) == 1 else 's'} {', '.join(map(str, heads))} of {file.members}, "
    return f"{file.path}: {file.kind}, {there}, {shown if file.members > 1 else ''}{file.commit}"


def _acting(request: Request) -> str:
    return "sampled actions" if request.sampled else "mean actions"
