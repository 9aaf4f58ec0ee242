"""Environments by name."""

from collections.abc import Callable
from functools import partial
from inspect import signature
from typing import TYPE_CHECKING, Any

from kmyriad.devices import resolved
from kmyriad.envs.ant.terrains import TERRAINS
from kmyriad.envs.vec_env import VecEnv
from kmyriad.names import choose

if TYPE_CHECKING:
    from kmyriad.envs.ant.tasks import GoalTask
    from kmyriad.envs.ant.terrains import Terrain

BACKENDS = ("mujoco", "mujoco-warp", "isaaclab")
"""What can simulate the ants; all other environments know the default only."""
ON_GPU = BACKENDS[1:]
"""Those that run on a GPU."""
Factory = Callable[..., VecEnv]
"""Called with num_envs, backend, seed, device and the settings of the environment's own."""


def make(name: str, num_envs: int, backend: str = "mujoco", seed: int = 0, device: str = "cpu", **settings: object) -> VecEnv:
    """Return `num_envs` copies of the environment `name`.

    Names: `ant-empty`, `ant-maze`, `ant-cave`, `ant-pyramid`, one for each of `kmyriad.envs.ant.terrains.TERRAINS`
    (settings: goal=(x, y) in metres, terrain_seed, max_speed in m/s; with the backend mujoco: threads, substeps, mujoco-warp:
    nconmax, njmax, isaaclab: generator_seed), `pointmaze-open`, `pointmaze-umaze`, `pointmaze-medium`, `pointmaze-large`,
    `pointmaze-ring` (settings: goal, action_repeat in control steps of 0.01 s, threads), `gymnasium:<id>` (settings go to
    gymnasium.make), `mjcf:<path>` (a robot of one's own; settings: those of `kmyriad.envs.mjcf.MjcfEnv`), `gridworld:<world>`
    (a point on the map of a grid world, see `kmyriad.gridworld.world`; settings: goal, slip) and whatever `register` added.
    `backend` simulates the ants, on the CPU (mujoco) or on `device`, where the tensors live ("auto": on the GPU, if there is
    one, for simulators that run there, else on the CPU); `seed` is that of random starts where `reset` is given none (ants,
    mazes and MJCF models have none).

    Raises:
        ValueError: unknown name, backend or setting (the message has the nearest choice), a GPU where there is none, or
            num_envs < 1.
        ModuleNotFoundError: the simulator is not installed; the message has the command.
    """
    if num_envs < 1:
        raise ValueError(f"num_envs must be at least 1, got {num_envs}")
    device = resolved(device, backend in ON_GPU)
    family, _, rest = name.partition(":")
    if rest and family in _FAMILIES:
        return _FAMILIES[family](rest, num_envs, backend=backend, seed=seed, device=device, **settings)
    choose(name, [*_ENVIRONMENTS, *_FAMILY_FORMS], "environment")
    factory = _ENVIRONMENTS[name]
    _check_settings(name, factory, settings)
    return factory(num_envs, backend=backend, seed=seed, device=device, **settings)


def probe(name: str, backend: str = "mujoco", device: str = "auto", **settings: Any) -> VecEnv:
    """Return one copy of the environment `name` to look at, not to train in; arguments and errors are those of `make`.

    Ants are MuJoCo C's, which starts at once, whatever the backend; that must be installed all the same.
    """
    if name.startswith("ant-") and backend != BACKENDS[0]:
        choose(backend, BACKENDS, "backend")
        resolved(device)
        _REQUIREMENTS[backend]()
        return make(name, 1, **{key: value for key, value in settings.items() if key not in _OWN_SETTINGS[backend]})
    return make(name, 1, backend, device=device, **settings)


def make_in_mujoco(name: str, num_envs: int, **settings: Any) -> VecEnv:
    """Return copies of the environment `name` for pictures: ants are MuJoCo C's, whatever they were trained in.

    Settings that only another backend has are left out; all else is as in `make`.
    """
    foreign = {key for backend in ON_GPU for key in _OWN_SETTINGS[backend]} if name.startswith("ant-") else set()
    return make(name, num_envs, **{key: value for key, value in settings.items() if key not in foreign})


def register(name: str, factory: Factory) -> None:
    """Make `factory(num_envs, backend=, seed=, device=, **settings)` available as `name`."""
    _ENVIRONMENTS[name] = factory


def _check_settings(name: str, factory: Factory, settings: dict[str, object]) -> None:
    _, *parameters = signature(factory).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return
    known = {parameter.name for parameter in parameters} - {"backend", "seed", "device", "terrain", "maze"}
    for key in settings:
        choose(key, known, f"setting of {name}")


def _ant(
    terrain: str,
    num_envs: int,
    /,
    *,
    backend: str,
    seed: int,
    device: str,
    goal: tuple[float, float] | None = None,
    terrain_seed: int = 0,
    **settings: Any,
) -> VecEnv:
    from kmyriad.envs.ant.env import MAX_SPEED
    from kmyriad.envs.ant.goals import check_goal
    from kmyriad.envs.ant.tasks import GoalTask

    choose(backend, BACKENDS, "backend")
    known = ["goal", "terrain_seed", "max_speed", *(name for names in _OWN_SETTINGS.values() for name in sorted(names))]
    for name in settings:
        choose(name, known, f"setting of ant-{terrain}")
    given = {"max_speed": MAX_SPEED} | {name: value for name, value in settings.items() if value is not None}
    _check_backend(backend, given)
    ground = TERRAINS[terrain](terrain_seed)
    if goal is not None:
        check_goal(ground, goal)
    return _SIMULATORS[backend](num_envs, ground, GoalTask(goal and (goal[0], goal[1])), device=device, **given)


def _check_backend(backend: str, settings: dict[str, Any]) -> None:
    """Raise ValueError if one of `settings` is of another backend than `backend` alone."""
    for owner, own in _OWN_SETTINGS.items():
        for name in own & settings.keys() if owner != backend else ():
            raise ValueError(f"{name} is a setting of the backend {owner}, and {backend} is chosen; leave it out")


def _mujoco_ant(num_envs: int, ground: "Terrain", task: "GoalTask", **settings: Any) -> VecEnv:
    _require("mujoco", "mujoco==3.17.0")
    from kmyriad.envs.mujoco_backend import MujocoAnt

    return MujocoAnt(num_envs, ground, task, **settings)


def _warp_ant(num_envs: int, ground: "Terrain", task: "GoalTask", **settings: Any) -> VecEnv:
    _require_warp()
    from kmyriad.envs.warp_backend import WarpAnt

    return WarpAnt(num_envs, ground, task, **settings)


def _require_warp() -> None:
    _require("mujoco_warp", "mujoco-warp==3.17.0 warp-lang==1.19.0")


def _require_isaaclab() -> None:
    from kmyriad.envs.isaaclab_backend import require

    require()


def _isaaclab_ant(num_envs: int, ground: "Terrain", task: "GoalTask", **settings: Any) -> VecEnv:
    from kmyriad.envs.isaaclab_backend import make_ants

    return make_ants(num_envs, ground, task, **settings)


def _pointmaze(
    num_envs: int,
    maze: str,
    *,
    backend: str,
    seed: int,
    device: str,
    goal: tuple[float, float] | None = None,
    action_repeat: int | None = None,
    threads: int | None = None,
) -> VecEnv:
    from kmyriad.envs.pointmaze import ACTION_REPEAT, PointMaze

    choose(backend, BACKENDS[:1], "backend")
    _require("gymnasium_robotics", "gymnasium-robotics==1.4.2 mujoco==3.17.0")
    return PointMaze(num_envs, maze, goal, ACTION_REPEAT if action_repeat is None else action_repeat, threads, device)


def _gymnasium(environment_id: str, num_envs: int, *, backend: str, **settings: Any) -> VecEnv:
    choose(backend, BACKENDS[:1], "backend")
    _require("gymnasium", "'gymnasium[mujoco]'")
    from kmyriad.envs.gymnasium_adapter import GymnasiumEnv

    return GymnasiumEnv(environment_id, num_envs, **settings)


def _mjcf(path: str, num_envs: int, *, backend: str, seed: int, device: str, **settings: Any) -> VecEnv:
    from kmyriad.envs.mjcf import MjcfEnv

    choose(backend, BACKENDS[:1], "backend")
    _check_settings(f"mjcf:{path}", partial(MjcfEnv, path), settings)
    _require("mujoco", "mujoco==3.17.0")
    return MjcfEnv(path, num_envs, device, **settings)


def _gridworld(
    name: str,
    num_envs: int,
    *,
    backend: str,
    seed: int,
    device: str,
    goal: tuple[float, float] | None = None,
    slip: float | None = None,
) -> VecEnv:
    from kmyriad.envs.gridworld import GridworldPoint
    from kmyriad.gridworld import world

    choose(backend, BACKENDS[:1], "backend")
    return GridworldPoint(num_envs, world(name, slip), goal, seed, device)


def _require(module: str, requirement: str) -> None:
    from importlib.util import find_spec

    if find_spec(module) is None:
        raise ModuleNotFoundError(f"the simulator {module!r} is not installed; run: pip install {requirement}")


_ENVIRONMENTS: dict[str, Factory] = {
    **{f"ant-{terrain}": partial(_ant, terrain) for terrain in TERRAINS},
    **{f"pointmaze-{maze}": partial(_pointmaze, maze=maze) for maze in ("open", "umaze", "medium", "large", "ring")},
}
_FAMILIES: dict[str, Factory] = {"gymnasium": _gymnasium, "mjcf": _mjcf, "gridworld": _gridworld}
_FAMILY_FORMS = ("gymnasium:<id>", "mjcf:<path>", "gridworld:<world>")
_SIMULATORS: dict[str, Callable[..., VecEnv]] = {"mujoco": _mujoco_ant, "mujoco-warp": _warp_ant, "isaaclab": _isaaclab_ant}
_REQUIREMENTS: dict[str, Callable[[], None]] = {"mujoco-warp": _require_warp, "isaaclab": _require_isaaclab}
_OWN_SETTINGS = {"mujoco": {"threads", "substeps"}, "mujoco-warp": {"nconmax", "njmax"}, "isaaclab": {"generator_seed"}}
"""Settings of an ant that only one backend has."""
