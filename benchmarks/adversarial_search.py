"""How fast can a cheating optimiser make the Ant? A search for blow-ups of the simulation, one row a terrain.

    python benchmarks/adversarial_search.py [--terrain maze] [--population 400] [--rounds 40] [--steps 150]

Entropy maximisation finds whatever throws an ant far away, a fault of the simulation too, and random actions are too kind to
show one. So the cross-entropy method searches open-loop torques for the highest torso speed. A sound simulation stays below
the speed at which `kmyriad.envs.mujoco_backend` freezes an environment.
"""

import argparse
import time

import mujoco
import numpy as np
from mujoco import rollout

from kmyriad.envs.ant.model import DECIMATION, LEGS, build_spec
from kmyriad.envs.ant.terrains import TERRAINS, Terrain
from kmyriad.envs.mujoco_backend import MAX_SPEED

ELITE_SHARE = 0.1
SPREAD_FLOOR = 0.05
"""Least standard deviation of a torque between rounds: without it the search stops at the first thing it finds."""
STATE = mujoco.mjtState.mjSTATE_FULLPHYSICS
TORSO_VELOCITY = slice(16, 19)
"""Of a full physics state: after the time and the 15 positions (3 of the torso, 4 of its orientation, 8 joints)."""


def highest_torso_speed(terrain: Terrain, population: int, rounds: int, steps: int, seed: int, threads: int = 1) -> float:
    """Return the highest torso speed, m/s, of `rounds` x `population` trials of `steps` control steps from the start.

    Each trial is a torque sequence [steps, 8] in [-1, 1] from a normal distribution, one mean and deviation per entry, that
    each round fits anew to its fastest tenth. Speeds count at every physics step; a state that is not finite is infinitely fast.
    """
    rng = np.random.default_rng(seed)
    mean, deviation = np.zeros((steps, 2 * len(LEGS))), np.ones((steps, 2 * len(LEGS)))
    highest = 0.0
    model = build_spec(terrain).compile()
    with rollout.Rollout(nthread=threads) as pool:
        for _ in range(rounds):
            actions = np.clip(rng.normal(mean, deviation, (population, *mean.shape)), -1.0, 1.0)
            speeds = _top_speeds(pool, model, actions, threads)
            highest = max(highest, float(speeds.max()))
            elite = actions[np.argsort(speeds)[-max(2, round(ELITE_SHARE * population)) :]]
            mean, deviation = elite.mean(axis=0), np.maximum(elite.std(axis=0), SPREAD_FLOOR)
    return highest


def _top_speeds(pool: rollout.Rollout, model: mujoco.MjModel, actions: np.ndarray, threads: int) -> np.ndarray:
    """Return the highest torso speed [n] of each of the trials `actions` [n, steps, 8]."""
    data = [mujoco.MjData(model) for _ in range(threads)]
    mujoco.mj_resetDataKeyframe(model, data[0], model.key("start").id)
    start = np.zeros(mujoco.mj_stateSize(model, STATE))
    mujoco.mj_getState(model, data[0], start, STATE)
    states, _ = pool.rollout(model, data, np.tile(start, (len(actions), 1)), np.repeat(actions, DECIMATION, axis=1))
    speeds = np.linalg.norm(states[:, :, TORSO_VELOCITY], axis=2).max(axis=1)
    return np.where(np.isfinite(speeds), speeds, np.inf)


def main() -> None:
    """Print a row for each terrain asked for, as it is found."""
    args = _parse_arguments()
    print(f"{'terrain':<8} {'seed':>4} {'highest m/s':>11} {'bound m/s':>9} {'control steps':>13} {'seconds':>7}", flush=True)
    for name in args.terrain:
        began = time.perf_counter()
        terrain = TERRAINS[name](args.seed)
        speed = highest_torso_speed(terrain, args.population, args.rounds, args.steps, args.seed, args.threads)
        simulated = args.population * args.rounds * args.steps
        row = f"{name:<8} {args.seed:>4} {speed:>11.2f} {MAX_SPEED:>9.1f} {simulated:>13,}"
        print(f"{row} {time.perf_counter() - began:>7.0f}", flush=True)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--terrain", nargs="+", choices=TERRAINS, default=list(TERRAINS))
    parser.add_argument("--population", type=int, default=400, help="trials a round")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--steps", type=int, default=150, help="control steps of a trial, 1/12 s each")
    parser.add_argument("--seed", type=int, default=0, help="of the terrain and of the search")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
