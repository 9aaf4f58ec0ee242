"""Snakemake with a forecast: how long it will take on this machine, first, and how far it is, while it runs."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import monotonic, perf_counter

import torch

from kmyriad.jobs.environments import opened
from kmyriad.pipeline.configure import read_config
from kmyriad.pretrain import Pretraining
from kmyriad.settings.config import Config

SMALL_JOB = 8.0
"""Seconds of a job that trains nothing: mostly the start of Python and its libraries."""
MEASURED_STEPS = 10
"""Length of the two measured episodes: a second or two."""
BETWEEN_LINES = 30.0
_COUNT = re.compile(r"^(\w+) +(\d+)$")
_FINISHED = re.compile(r"^Finished jobid: \d+ \(Rule: (\w+)\)$")


def forecast(targets: list[str], config_file: Path) -> int:
    """Run `snakemake --cores all` for `targets`, pass on what it says with our lines between, and return its exit code.

    Raises:
        StageError: as `read_config`.
    """
    config = read_config(config_file)
    costs = job_seconds(config, samples_a_second(config))
    command = [sys.executable, "-m", "snakemake", "--cores", "all", "--configfile", str(config_file), "--", *targets]
    # The rules' "python" must be the one that runs this.
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        # Both signals are Snakemake's to answer, which lets its jobs save: a terminal sends it Ctrl-C itself.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        for line in annotated(process.stdout, costs, len(os.sched_getaffinity(0))):
            print(line, flush=True)
    return process.returncode


def samples_a_second(config: Config) -> float:
    """Return how many samples a second one core of this machine pretrains on, by two short epochs of real training."""
    torch.set_num_threads(config.pretrain.threads)
    settings = config.pretrain.model_copy(update={"horizon": MEASURED_STEPS})
    with opened(config.environments[0], settings.envs, seed=0) as env:
        training = Pretraining(env, settings, max(config.heads), list(config.environments[0].features), seed=0)
        training.run_epoch()  # the first one also warms up
        started = perf_counter()
        training.run_epoch()
    return settings.envs * MEASURED_STEPS / (perf_counter() - started)


def job_seconds(config: Config, rate: float) -> dict[str, float]:
    """Return the seconds of one core that a job of each training rule takes, if it learns from `rate` samples a second."""
    pretrain, finetune = config.pretrain, config.jumpstart.finetune
    seeds = len(config.seeds) if config.seeds_together else 1
    one = pretrain.envs * pretrain.horizon * pretrain.epochs / rate
    return {"pretrain": one, "pretrain_seeds": seeds * one, "finetune": finetune.env_steps / rate}


def annotated(lines: Iterator[str] | list[str], costs: Mapping[str, float], cores: int) -> Iterator[str]:
    """Yield `lines` of Snakemake; before them how long its table of jobs will take, and now and then how far it is.

    `costs` are seconds of one core by rule, for rules that are not in it SMALL_JOB.
    """
    held: list[str] = []
    total, done, started, said = 0.0, 0.0, monotonic(), monotonic()
    for line in (each.rstrip("\n") for each in lines):
        if total == 0:
            held.append(line)
            if line.startswith("total "):
                total = sum(number * costs.get(rule, SMALL_JOB) for rule, number in counts(held).items())
                yield f"about {_duration(total / cores)} on {cores} cores of this machine, measured now"
                yield from held
            continue
        yield line
        if finished := _FINISHED.match(line):
            done += costs.get(finished[1], SMALL_JOB)
            if monotonic() - said >= BETWEEN_LINES:
                said = monotonic()
                share = min(1.0, done / total)
                left = (said - started) * (1 - share) / share
                yield f"overall: {share:.0%} of the work done, about {_duration(left)} left"
    if total == 0:
        yield from held


def counts(lines: list[str]) -> dict[str, int]:
    """Return the number of jobs of each rule by Snakemake's table of jobs among `lines`."""
    found = {match[1]: int(match[2]) for match in map(_COUNT.match, lines) if match}
    return {rule: number for rule, number in found.items() if rule not in ("job", "total")}


def _duration(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    if minutes == 1:
        return "a minute"
    return f"{minutes} minutes" if minutes < 100 else f"{minutes / 60:.1f} hours"
