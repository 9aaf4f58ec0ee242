"""Rule `goals`: the sparse goals of one environment, shared by all runs in it."""

import argparse
import json
from pathlib import Path
from typing import Any

from kmyriad.envs import make
from kmyriad.envs.ant.goals import sample_goals
from kmyriad.envs.vec_env import VecEnv
from kmyriad.settings import EnvironmentSettings, GoalSettings, GoalsJob
from kmyriad.stages.command import run
from kmyriad.stages.files import StageError, write_atomically

Goal = tuple[float, float]


def goals(job: GoalsJob, path: Path) -> None:
    """Write a list of goals [x, y] in metres; an environment with a reward of its own has the one "goal" null."""
    found: list[Goal | None] = [None]
    if job.environment.takes_goals:
        found = [goal for wanted in job.goals for goal in choose_goals(job.environment, wanted)]
        for goal in found:
            make_task(job.environment, 1, 0, goal).close()
    write_atomically(path, lambda temporary: temporary.write_text(json.dumps(found) + "\n"))


def choose_goals(environment: EnvironmentSettings, wanted: GoalSettings) -> list[Goal]:
    """Return the points of `wanted`, or a random choice from its annulus; StageError where that needs a terrain."""
    if wanted.points:
        return list(wanted.points)
    env = make(environment.name, 1, environment.backend, **environment.settings)
    env.close()
    if (terrain := getattr(env, "terrain", None)) is None:
        raise StageError(f"{environment.name} has no terrain to choose goals from: list them as points: [[x, y], ...]")
    return sample_goals(terrain, wanted.count, wanted.inner, wanted.outer, wanted.seed)


def load_goal(path: Path, index: int) -> Goal | None:
    """Return goal number `index` of what `goals` wrote; StageError if there is none."""
    found = json.loads(path.read_text())
    if not 0 <= index < len(found):
        raise StageError(f"goal {index} does not exist: {path} has goals 0 .. {len(found) - 1}")
    return found[index] and tuple(found[index])


def make_task(environment: EnvironmentSettings, envs: int, seed: int, goal: Goal | None) -> VecEnv:
    """Return `envs` copies of `environment` with the reward of `goal`, or with the environment's own where that is None."""
    task: dict[str, Any] = {} if goal is None else {"goal": goal}
    return make(environment.name, envs, environment.backend, seed, **environment.settings, **task)


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.goals", description=__doc__)
    parser.add_argument("--goals", required=True, type=Path, help="JSON to write")
    run(lambda job, options: goals(job, options.goals), GoalsJob, parser, arguments)


if __name__ == "__main__":
    main()
