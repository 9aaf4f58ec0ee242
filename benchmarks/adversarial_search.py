"""How fast can a cheating optimiser make the Ant? A search for blow-ups of the simulation, one row a terrain.

    python -m benchmarks.adversarial_search [--terrain maze] [--integrator implicitfast] [--population 400] [--rounds 40]

Entropy maximisation finds whatever throws an ant far away, a fault of the simulation too, and random actions are too kind to
show one. So an evolutionary search over open-loop torques looks for the highest torso speed. A sound simulation stays below
the speed at which `kmyriad.envs.mujoco_backend` freezes an environment.
"""

import argparse
import time

import mujoco
import numpy as np
from mujoco import rollout

from benchmarks.arguments import positive
from kmyriad.envs.ant.model import DECIMATION, build_spec
from kmyriad.envs.ant.terrains import TERRAINS
from kmyriad.envs.mujoco_backend import MAX_SPEED

PARENT_SHARE = 0.03
FLIP_RATE = 0.02
"""Median share of a trial's torques that change sign in its child; a child's own is log-normal around it."""
STATE = mujoco.mjtState.mjSTATE_FULLPHYSICS
TORSO_VELOCITY = slice(16, 19)
"""Of a full physics state: after the time and the 15 positions."""


def fastest_trial(model: mujoco.MjModel, population: int, rounds: int, steps: int, seed: int, threads: int = 1) -> float:
    """Return the highest torso speed, m/s, of `rounds` x `population` trials of `steps` control steps from the start.

    A trial is a sequence of full torques [steps, 8], each -1 or 1. The fastest 3 % of a round live on and have the others of
    the next as children, with some signs flipped. (Cross-entropy means over the sequence find nothing here: on a chaotic
    system the mean of two fast sequences is a slow one.) A state that is not finite counts as infinitely fast.
    """
    rng = np.random.default_rng(seed)
    actions = rng.choice([-1.0, 1.0], (population, steps, model.nu))
    highest = 0.0
    with rollout.Rollout(nthread=threads) as pool:
        for _ in range(rounds):
            speeds = _top_speeds(pool, model, actions, threads)
            highest = max(highest, float(speeds.max()))
            parents = actions[np.argsort(speeds)[-max(2, round(PARENT_SHARE * population)) :]]
            actions = _breed(parents, population, rng)
    return highest


def _breed(parents: np.ndarray, population: int, rng: np.random.Generator) -> np.ndarray:
    """Return `population` trials: `parents` [p, steps, 8] as they are, then mutated copies of random ones."""
    children = parents[rng.integers(len(parents), size=population - len(parents))]
    rate = FLIP_RATE * rng.lognormal(size=(len(children), 1, 1))
    return np.concatenate([parents, np.where(rng.random(children.shape) < rate, -children, children)])


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
    mujoco.set_mju_user_warning(lambda _: None)  # of blow-ups: the row says it
    print(f"{'terrain':<8} {'seed':>4} {'highest m/s':>11} {'bound m/s':>9} {'control steps':>13} {'seconds':>7}", flush=True)
    for name in args.terrain:
        began = time.perf_counter()
        model = build_spec(TERRAINS[name](args.seed)).compile()
        model.opt.integrator = args.integrator
        speed = fastest_trial(model, args.population, args.rounds, args.steps, args.seed, args.threads)
        simulated = args.population * args.rounds * args.steps
        row = f"{name:<8} {args.seed:>4} {speed:>11.2f} {MAX_SPEED:>9.1f} {simulated:>13,}"
        print(f"{row} {time.perf_counter() - began:>7.0f}", flush=True)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--terrain", nargs="+", choices=TERRAINS, default=list(TERRAINS))
    parser.add_argument(
        "--integrator", type=_integrator, default="implicit", help="implicit, as all results have it, or implicitfast"
    )
    parser.add_argument("--population", type=positive, default=400, help="trials a round")
    parser.add_argument("--rounds", type=positive, default=40)
    parser.add_argument("--steps", type=positive, default=150, help="control steps of a trial, 1/12 s each")
    parser.add_argument("--seed", type=int, default=0, help="of the terrain and of the search")
    parser.add_argument("--threads", type=positive, default=1)
    return parser.parse_args()


def _integrator(name: str) -> int:
    choices = {"implicit": mujoco.mjtIntegrator.mjINT_IMPLICIT, "implicitfast": mujoco.mjtIntegrator.mjINT_IMPLICITFAST}
    if name not in choices:
        raise argparse.ArgumentTypeError(f"must be implicit or implicitfast, got {name}")
    return int(choices[name])


if __name__ == "__main__":
    main()
