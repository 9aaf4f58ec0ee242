"""Does PPO learn to reach a goal? One run of experiments/finetuning.yaml, from a head of the gallery.

    python -m experiments.finetuning NAME [--seed 7] [--updates N]

Prints twenty rows, means over a twentieth of the updates: samples (millions), success, return, KL of an update and entropy of u
(nats), the share of the returns' variance that the value network explains, and seconds so far.
"""

import argparse
import time
from pathlib import Path
from statistics import fmean

import torch
import yaml

from kmyriad.envs import make
from kmyriad.envs.ant.goals import sample_goals
from kmyriad.finetune import PPO
from kmyriad.jobs.checkpoint import load_policy
from kmyriad.names import choose
from kmyriad.settings import FinetuneSettings

ROOT = Path(__file__).parents[1]
RUNS = yaml.safe_load((ROOT / "experiments/finetuning.yaml").read_text())
SHOWN = ("success", "mean_return", "kl", "entropy", "explained_variance")
INNER, OUTER, GOALS = 4.0, 8.0, 3
"""The annulus of the goals, metres, and how many are drawn, as in config/walk.yaml."""
ROWS = 20


def settings_of(name: str) -> tuple[str, int, int, FinetuneSettings]:
    """Return the head of the gallery, the seed and the number of the goal, and the settings of the run `name`.

    Raises:
        ValueError: there is no such run.
    """
    run = _changed(name)
    return run.pop("start"), run.pop("goal_seed"), run.pop("goal"), FinetuneSettings.model_validate(run)


def _changed(name: str) -> dict:
    run = dict(RUNS[choose(name, RUNS, "run")])
    base = _changed(run.pop("from")) if "from" in run else {}
    return {**base, **run}


def prepared(name: str, seed: int) -> PPO:
    """Return the training of the run `name`, before its first update."""
    start, goal_seed, goal, settings = settings_of(name)
    terrain = make("ant-empty", 1, threads=1).terrain
    env = make("ant-empty", settings.envs, goal=sample_goals(terrain, GOALS, INNER, OUTER, goal_seed)[goal], threads=1)
    actor = load_policy(ROOT / "gallery" / f"{start}.safetensors", env.obs_dim, env.action_dim)
    return PPO(env, actor, settings, seed)


def main() -> None:
    """Train and print."""
    args = _parse_arguments()
    torch.set_num_threads(1)
    training, started = prepared(args.name, args.seed), time.perf_counter()
    updates = args.updates or training.settings.updates
    print(f"{'samples/M':>9} {'success':>7} {'return':>6} {'KL':>6} {'entropy':>7} {'EV':>5} {'s':>5}", flush=True)
    rows, each = [], max(1, updates // ROWS)
    for update in range(1, updates + 1):
        rows.append(training.run_epoch())
        if update % each == 0:
            means = [fmean(getattr(row, name) for row in rows[-each:]) for name in SHOWN]
            numbers = (rows[-1].env_steps / 1e6, *means, time.perf_counter() - started)
            print("{:>9.2f} {:>7.3f} {:>6.2f} {:>6.3f} {:>7.2f} {:>5.2f} {:>5.0f}".format(*numbers), flush=True)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("name", choices=list(RUNS), metavar="NAME", help=", ".join(RUNS))
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--updates", type=int, help="fewer than the run's, for a quick look")
    return parser.parse_args()


if __name__ == "__main__":
    main()
