"""Does pretraining learn to walk? One run of experiments/learning.yaml, with what the policy can do after each quarter.

    python -m experiments.learning NAME [--seed 7] [--epochs N]

Prints samples (millions), entropy of 100 trajectories with sampled actions, mean std of u, distance from the start with sampled
and with mean actions (m), and KL between the heads (nats).
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

import torch
import yaml

from kmyriad.diversity import coverage
from kmyriad.envs import make
from kmyriad.names import choose
from kmyriad.pretrain import Pretraining
from kmyriad.rollout import Purpose, play, random_seeds
from kmyriad.settings import PretrainSettings

RUNS = yaml.safe_load((Path(__file__).parent / "learning.yaml").read_text())
TRAJECTORIES = 100


def settings_of(name: str) -> tuple[str, int, PretrainSettings]:
    """Return environment, heads and settings of the run `name`: those of the run that it starts `from`, changed.

    Raises:
        ValueError: there is no such run.
    """
    run = _changed(name)
    return run.pop("environment"), run.pop("heads"), PretrainSettings.model_validate(run)


def _changed(name: str) -> dict:
    run = dict(RUNS[choose(name, RUNS, "run")] or {})
    base = _changed(run.pop("from")) if "from" in run else {}
    clipped = {**base.get("trust_region", {}), **run.pop("trust_region", {})}
    return {**base, **run, **({"trust_region": clipped} if clipped else {})}


def main() -> None:
    """Train and print a row after each quarter of the epochs."""
    args = _parse_arguments()
    torch.set_num_threads(1)
    environment, heads, settings = settings_of(args.name)
    if args.epochs:
        settings = settings.model_copy(update={"epochs": args.epochs})
    training = Pretraining(make(environment, settings.envs, threads=1), settings, heads, ["x", "y"], args.seed)
    print(f"{'samples/M':>9} {'H':>5} {'std':>5} {'sampled/m':>9} {'mean/m':>7} {'KL':>5}", flush=True)
    quarters = {round(settings.epochs * part / 4) for part in (1, 2, 3, 4)}
    for epoch in range(1, settings.epochs + 1):
        row = training.run_epoch()
        if epoch in quarters:
            print(f"{row.env_steps / 1e6:>9.2f} {_described(environment, training, args.seed)}", flush=True)


def _described(environment: str, training: Pretraining, seed: int) -> str:
    sampled, mean = (_row(environment, training, seed, deterministic) for deterministic in (False, True))
    divergence = sampled["kl"] or 0.0
    numbers = (sampled["entropy"], sampled["std"], sampled["distance_mean"], mean["distance_mean"], divergence)
    return "{:>5.2f} {:>5.2f} {:>9.2f} {:>7.2f} {:>5.2f}".format(*numbers)


def _row(environment: str, training: Pretraining, seed: int, deterministic: bool) -> Mapping:
    env = make(environment, TRAJECTORIES, threads=1)
    policy_seed, env_seed, _ = random_seeds(Purpose.COVERAGE, seed)
    trajectory = play(env, training.policy, training.settings.horizon, policy_seed, env_seed, deterministic)
    env.close()
    return coverage(trajectory, training.policy, training.features, training.settings.k, deterministic, TRAJECTORIES)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("name", choices=list(RUNS), metavar="NAME", help=", ".join(RUNS))
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--epochs", type=int, help="fewer than the run's, for a quick look")
    return parser.parse_args()


if __name__ == "__main__":
    main()
