"""Isaac Lab's ants above MuJoCo, ready to be checked. Importing this puts the stubs in place."""

import stubs

stubs.install()

import fake  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402

from kmyriad.envs.ant.observations import AntState, observe  # noqa: E402
from kmyriad.envs.ant.tasks import GoalTask  # noqa: E402
from kmyriad.envs.ant.terrains import empty  # noqa: E402
from kmyriad.envs.isaaclab.environment import configure  # noqa: E402
from kmyriad.envs.isaaclab_backend import IsaacLabAnt  # noqa: E402

GOAL = GoalTask((3.0, -4.0))


def make_env(count=3, terrain=None, task=GOAL, **settings):
    terrain = terrain or empty()
    return fake.MujocoEnv(configure(count, terrain, task, "cpu", settings=settings), terrain)


def make_ants(count=3, terrain=None, task=GOAL, max_speed=20.0):
    return IsaacLabAnt(make_env(count, terrain, task), terrain or empty(), task, max_speed)


def scatter(env, seed=0) -> torch.Tensor:
    """Put the ants into random states, and return random actions that were the last ones."""
    rng, view = np.random.default_rng(seed), env.scene["robot"].view
    for ant in view.ants:
        ant.qpos[:], ant.qvel[:] = rng.normal(size=15), rng.normal(size=14)
        ant.qpos[3:7] /= np.linalg.norm(ant.qpos[3:7])
    view.wrench[:] = rng.normal(size=view.wrench.shape)
    view.place()
    actions = torch.tensor(rng.uniform(-1, 1, (env.num_envs, 8)), dtype=torch.float32)
    env.action_manager.process_action(actions)
    env.scene.update(0.01)
    return actions


def expected(env, actions, target) -> torch.Tensor:
    """Our features from MuJoCo's own data, the wrench excepted: that of each foot by name."""
    view = env.scene["robot"].view
    position, velocity = (view.gather(lambda ant, name=name: getattr(ant, name)) for name in ("qpos", "qvel"))
    feet = [fake.BODIES.index(f"{leg}_foot") for leg in ("front_left", "front_right", "left_back", "right_back")]
    wrench = torch.tensor(view.wrench[:, feet].reshape(env.num_envs, 24), dtype=torch.float32)
    state = AntState(position, velocity, wrench, actions)
    return observe(state, target)
