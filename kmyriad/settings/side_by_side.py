"""K-Myriad, PGPSE and Collaborative Exploration on the same tasks, without a reward (ours): methods, tasks and budgets."""

from typing import Annotated, Literal, NamedTuple

from pydantic import Field, model_validator

from kmyriad.names import choose
from kmyriad.settings.base import Count, Seed, Settings, Unique, check_unique
from kmyriad.settings.clipped import Positive
from kmyriad.settings.collaborative.arm import CollaborativeSettings, changed
from kmyriad.settings.environment import EnvironmentSettings
from kmyriad.settings.jumpstart import FinetuneSettings, Point
from kmyriad.settings.pretrain import PretrainSettings, check_run

Kind = Literal["untrained", "on-policy", "off-policy"]


class Method(NamedTuple):
    """One way to train N agents: `change` is what differs from the task's settings of its kind.

    alone: one agent is trained and counts N times.
    """

    kind: Kind
    title: str
    change: dict[str, object]
    alone: bool = False


_DISTANCE = {"kind": "log-distance", "k": 5}
_EGO = {**_DISTANCE, "weight": 1.0}
_POOLED = {**_DISTANCE, "pooled": True}
_OWN_DATA: dict[str, object] = {"sac": {"shared": False}}
_GRADIENT: dict[str, object] = {"update": "gradient", "trust_region": None}
METHODS: dict[str, Method] = {
    "untrained": Method("untrained", "untrained, best noise", {}),
    # K-Myriad with one head, which is as good as N copies of it.
    "copies": Method("on-policy", "K-Myriad, one head", {}, alone=True),
    "own": Method("on-policy", "own entropies, clipped", {"objective": "own-log-volume"}),
    "kmyriad": Method("on-policy", "K-Myriad, clipped", {}),
    # Algorithm 1 of K-Myriad, and the objective of PGPSE under the same update.
    "gradient": Method("on-policy", "K-Myriad, Algorithm 1", {"objective": "entropy", **_GRADIENT}),
    "pgpse": Method("on-policy", "PGPSE's objective", {"objective": "finite-trials", **_GRADIENT}),
    # The same k-NN log distance for soft actor-critics: ego, collaborative, collective; then with data of their own.
    "sac_ego": Method("off-policy", "own distances, SAC", {"reward": _EGO}),
    "sac_collaborative": Method("off-policy", "mixed distances, SAC", {"reward": _DISTANCE}),
    "sac_collective": Method("off-policy", "pooled distances, SAC", {"reward": _POOLED}),
    "sac_ego_own": Method("off-policy", "own distances, SAC, own data", {"reward": _EGO, **_OWN_DATA}),
    "sac_collective_own": Method("off-policy", "pooled distances, SAC, own data", {"reward": _POOLED, **_OWN_DATA}),
    "ce": Method("off-policy", "Collaborative Exploration", {}),
    "rnd": Method("off-policy", "RND", {"reward": {"kind": "rnd"}}),
    "diayn": Method("off-policy", "DIAYN", {"reward": {"kind": "diayn"}}, alone=True),
}
"""By the names in paths and configs."""


class SideTask(Settings):
    """One task: an environment, a budget, and where its agents are tried afterwards."""

    name: str = Field(pattern=r"^[\w.-]+$", description="in paths and figures")
    environment: EnvironmentSettings
    env_steps: Count = Field(200_000, description="environment steps of all agents together, the same for all methods")
    horizon: Count = Field(100, description="steps of an episode, T")
    envs: Count = Field(20, description="trajectories of a batch of the on-policy methods, all agents together")
    goals: tuple[Point, ...] = Field((), description="goals (x, y) in metres, one run of PPO each")
    cell: Positive = Field(1.0, description="side of the cells that count as visited, metres")


class SideBySideSettings(Settings):
    """All of the comparison."""

    tasks: tuple[SideTask, ...] = ()
    methods: Unique[str] = Field(tuple(METHODS), description="names in METHODS (kmyriad/settings/side_by_side.py)")
    continued: Unique[str] = Field(
        tuple(name for name, method in METHODS.items() if method.kind != "on-policy"),
        description="from which of them a soft actor-critic goes on to the goals; from untrained a new one begins",
    )
    agents: Annotated[int, Field(ge=2)] = Field(4, description="N")
    seeds: Unique[Seed] = (1, 56, 123)
    points: Count = Field(10, description="measurements in training, at equal distances")
    trajectories: Count = Field(48, description="of all agents together in a measurement, and of each agent alone at the end")
    k: Count = Field(5, description="which nearest neighbour the entropies use")
    noises: Unique[Positive] = Field((0.4, 0.7, 1.2, 2.0, 2.7), description="standard deviations of u, the best of which counts")
    pretrain: PretrainSettings = PretrainSettings()
    collaborative: CollaborativeSettings = CollaborativeSettings()
    finetune: FinetuneSettings = FinetuneSettings()

    @model_validator(mode="after")
    def _check(self) -> "SideBySideSettings":
        for method in (*self.methods, *self.continued):
            choose(method, METHODS, "method in side_by_side")
        for method in self.continued:
            if METHODS[method].kind == "on-policy":
                raise ValueError(
                    f"continued: {method} has no soft actor-critics to go on: take an off-policy method or untrained"
                )
        if self.trajectories % self.agents:
            raise ValueError(f"agents = {self.agents} do not divide trajectories = {self.trajectories}: take a multiple")
        check_unique([task.name for task in self.tasks])
        for task in self.tasks:
            self._check_task(task)
        return self

    @property
    def places(self) -> list[str]:
        """The names of the tasks."""
        return [task.name for task in self.tasks]

    def named(self, place: str) -> SideTask:
        """Return the task of that name."""
        return next(task for task in self.tasks if task.name == place)

    def _check_task(self, task: SideTask) -> None:
        for name, copies in (("agents", self.agents), ("envs", task.envs)):
            size = self.points * copies * task.horizon
            if task.env_steps % size:
                near = max(1, round(task.env_steps / size)) * size
                raise ValueError(
                    f"{task.name}: points * {name} * horizon = {size} does not divide env_steps = {task.env_steps}: take {near}"
                )
        for method in self.methods:
            self.training(task.name, method)
        self.continuing(task.name)

    def training(self, place: str, method: str) -> "PretrainSettings | CollaborativeSettings | None":
        """Return the settings of `method` on the task `place`; None where nothing is trained."""
        given, how = self.named(place), METHODS[method]
        if how.kind == "untrained":
            return None
        return self._on_policy(given, how) if how.kind == "on-policy" else self._off_policy(given, how)

    def downstream(self, place: str) -> FinetuneSettings:
        """Return the settings of PPO on the task `place`, the same from every method's agents."""
        return self.finetune.model_copy(update={"horizon": self.named(place).horizon})

    def continuing(self, place: str) -> CollaborativeSettings:
        """Return the settings of the soft actor-critic that goes on from one agent on the task `place`, with its reward alone.

        It has PPO's budget, and a row of its metrics has as many episodes as one of PPO's.
        """
        ppo = self.downstream(place)
        interval = ppo.envs * ppo.horizon
        change: dict[str, object] = {
            "agents": 1,
            "env_steps": ppo.updates * interval,
            "reward": {"kind": "knn", "scale": 0.0},
            "evaluation": {"interval": interval, "episodes": 1},
        }
        return changed(self.collaborative, change)

    def _on_policy(self, task: SideTask, how: Method) -> PretrainSettings:
        size = {"envs": task.envs, "horizon": task.horizon, "epochs": task.env_steps // (task.envs * task.horizon), "k": self.k}
        settings = PretrainSettings.model_validate({**self.pretrain.model_dump(), "grow": None, **size, **how.change})
        check_run(settings, 1 if how.alone else self.agents, "side_by_side.pretrain", "side_by_side.agents")
        return settings

    def _off_policy(self, task: SideTask, how: Method) -> CollaborativeSettings:
        size: dict[str, object] = {
            "agents": 1 if how.alone else self.agents,
            "env_steps": task.env_steps,
            "reward": {"pretrain_share": 1.0},
            "evaluation": {"interval": task.env_steps // self.points, "episodes": 1},
            "diayn": {"skills": self.agents},
        }
        return changed(self.collaborative, _over(size, how.change))


def _over(values: dict[str, object], change: dict[str, object]) -> dict[str, object]:
    """Return `values` with those of `change`, one level deep."""
    found = dict(values)
    for name, value in change.items():
        below = found.get(name, {})
        found[name] = {**below, **value} if isinstance(value, dict) and isinstance(below, dict) else value
    return found


class SideTrainJob(Settings):
    """Everything that determines the training of one method on one task with one seed, and its measurements."""

    task: SideTask
    method: str
    seed: Seed
    agents: Count
    points: Count
    trajectories: Count
    k: Count
    noises: tuple[Positive, ...]
    pretrain: PretrainSettings = Field(description="of the on-policy methods, and of the shape of untrained policies")
    collaborative: CollaborativeSettings | None = None
    checkpoint_seconds: float = 30.0


class SideMeasureJob(Settings):
    """Everything that determines what is measured of a team, beside the team."""

    task: SideTask
    seed: Seed
    trajectories: Count
    k: Count


class SideFinetuneJob(Settings):
    """Everything that determines PPO from the best agent of one team to one goal, beside the team."""

    task: SideTask
    goal: Annotated[int, Field(ge=0, description="which of the task's goals")]
    seed: Seed
    finetune: FinetuneSettings
    checkpoint_seconds: float = 30.0


class SideSacJob(Settings):
    """Everything that determines a soft actor-critic from the best agent of one team to one goal, beside the team."""

    task: SideTask
    method: str
    goal: Annotated[int, Field(ge=0, description="which of the task's goals")]
    seed: Seed
    settings: CollaborativeSettings
    choosing: Count = Field(description="environments each agent is tried in")
    checkpoint_seconds: float = 30.0


class SideFigureJob(Settings):
    """What the figures of the comparison need to know beside its numbers."""

    tasks: tuple[str, ...] = Field(min_length=1, description="in the order of the panels")
    methods: tuple[str, ...] = Field(min_length=1)
    agents: Count
    note: str = ""
