"""One ant for each head, all in one scene, as a moving picture."""

import argparse
from pathlib import Path
from time import perf_counter

import numpy as np
import torch

from kmyriad.envs import make_in_mujoco
from kmyriad.envs.ant.model import DECIMATION, PHYSICS_STEP
from kmyriad.envs.mujoco_backend import MujocoAnt
from kmyriad.envs.opengl import check_opengl
from kmyriad.figures.film import Film, draw_ants
from kmyriad.figures.gif import write_gif
from kmyriad.jobs.checkpoint import load_policy
from kmyriad.jobs.command import run
from kmyriad.jobs.files import StageError, write_atomically
from kmyriad.jobs.pictures import FORMAT
from kmyriad.jobs.records import write_record
from kmyriad.policies import MultiHeadPolicy
from kmyriad.settings import WalkJob

RATE = round(1 / (DECIMATION * PHYSICS_STEP))
"""Pictures a second: one for each action."""


def walk(job: WalkJob, policy_path: Path, gif: Path) -> None:
    """Write the moving picture of one episode of the policy at `policy_path` to `gif`."""
    if not job.environment.is_ant:
        raise StageError(f"only ants can be filmed, not {job.environment.name!r}: choose an environment like ant-empty")
    started = perf_counter()
    check_opengl()
    torch.set_num_threads(job.threads)
    policy = load_policy(policy_path, MujocoAnt.obs_dim, MujocoAnt.action_dim)
    # Whatever simulated the training, the pictures are MuJoCo's.
    env = make_in_mujoco(job.environment.name, policy.num_heads, **job.environment.settings)
    assert isinstance(env, MujocoAnt)
    states = physics_states(env, policy, job.horizon, job.seed)
    env.close()
    film = Film(states, (job.width, job.height), [str(head) for head in range(policy.num_heads)])
    pictures = list(draw_ants(film, env.terrain))
    write_atomically(gif, lambda path: write_gif(pictures, policy.num_heads, path, RATE))
    write_record([gif], FORMAT, job, [str(policy_path)], perf_counter() - started)


def physics_states(env: MujocoAnt, policy: MultiHeadPolicy, horizon: int, seed: int) -> np.ndarray:
    """Return the states [1 + 5 * horizon, m, nstate] at the start and after each physics step; a frozen ant stays put."""
    generator, obs = torch.Generator().manual_seed(seed), env.reset()
    states = [env.sim.current.copy()]
    for _ in range(horizon):
        obs, _, info = env.step(policy.sample(obs, generator)[0])
        for state in env.sim.states.transpose(1, 0, 2):
            states.append(np.where(info["frozen"].numpy(force=True)[:, None], states[-1], state))
    return np.stack(states)


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.papers.myriad.walk", description=__doc__)
    parser.add_argument("--inputs", required=True, nargs=1, type=Path, help="checkpoint to read")
    parser.add_argument("--output", required=True, type=Path, help="moving picture to write")
    run(lambda job, options: walk(job, options.inputs[0], options.output), WalkJob, parser, arguments)


if __name__ == "__main__":
    main()
