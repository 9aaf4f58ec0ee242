"""Rule `walk`: let one ant for each head of a trained policy walk, and film them."""

import argparse
from pathlib import Path
from time import perf_counter

import numpy as np
import torch

from kmyriad.envs import make
from kmyriad.envs.mujoco_backend import MujocoAnt
from kmyriad.figures import walk as film
from kmyriad.figures.render import check_opengl
from kmyriad.policies import MultiHeadPolicy
from kmyriad.settings import WalkJob
from kmyriad.stages.checkpoint import load_policy
from kmyriad.stages.command import run
from kmyriad.stages.files import StageError, write_atomically
from kmyriad.stages.pictures import record_figure


def walk(job: WalkJob, policy_path: Path, gif: Path) -> None:
    """Write the moving picture of one episode of the policy at `policy_path` to `gif`."""
    if not job.environment.is_ant:
        raise StageError(f"only ants can be filmed, not {job.environment.name!r}: choose an environment like ant-empty")
    started = perf_counter()
    check_opengl()
    torch.set_num_threads(job.threads)
    policy = load_policy(policy_path, MujocoAnt.obs_dim, MujocoAnt.action_dim)
    # Whatever simulated the training, the pictures are MuJoCo's.
    env = make(job.environment.name, policy.num_heads, seed=job.seed, **job.environment.settings)
    assert isinstance(env, MujocoAnt)
    states = physics_states(env, policy, job.horizon, job.seed)
    env.close()
    pictures = film.draw(states, env.terrain, (job.width, job.height))
    write_atomically(gif, lambda path: film.write_gif(pictures, policy.num_heads, path))
    record_figure([gif], job, [str(policy_path)], perf_counter() - started)


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
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.walk", description=__doc__)
    parser.add_argument("--policy", required=True, type=Path, help="checkpoint to read")
    parser.add_argument("--gif", required=True, type=Path, help="moving picture to write")
    run(lambda job, options: walk(job, options.policy, options.gif), WalkJob, parser, arguments)


if __name__ == "__main__":
    main()
