"""Rule `goals`: the sparse goals of one environment, shared by all runs in it."""

import argparse
import json
from pathlib import Path

from kmyriad.envs.ant.goals import sample_goals
from kmyriad.jobs.command import run
from kmyriad.jobs.environments import Goal, look_at
from kmyriad.jobs.files import StageError, write_atomically
from kmyriad.jobs.records import Written
from kmyriad.settings import EnvironmentSettings, GoalSettings, GoalsJob


def goals(job: GoalsJob, path: Path) -> None:
    """Write a list of goals [x, y] in metres; an environment with a reward of its own has the one "goal" null."""
    found: list[Goal | None] = [None]
    if job.environment.takes_goals:
        found = [goal for wanted in job.goals for goal in choose_goals(job.environment, wanted)]
        for goal in found:
            look_at(job.environment, goal)
    write_atomically(path, lambda temporary: temporary.write_text(json.dumps(found) + "\n"))


def choose_goals(environment: EnvironmentSettings, wanted: GoalSettings) -> list[Goal]:
    """Return the points of `wanted`, or a random choice from its annulus; StageError where that needs a terrain."""
    if wanted.points:
        return list(wanted.points)
    if (terrain := getattr(look_at(environment), "terrain", None)) is None:
        raise StageError(f"{environment.name} has no terrain to choose goals from: list them as points: [[x, y], ...]")
    return sample_goals(terrain, wanted.count, wanted.inner, wanted.outer, wanted.seed)


def load_goal(path: Path, index: int) -> Goal | None:
    """Return goal number `index` of what `goals` wrote; StageError if there is none."""
    found = json.loads(path.read_text())
    if not 0 <= index < len(found):
        raise StageError(f"goal {index} does not exist: {path} has goals 0 .. {len(found) - 1}")
    return found[index] and tuple(found[index])


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.goals", description=__doc__)
    parser.add_argument("--goals", required=True, type=Written, help="JSON to write")
    run(lambda job, options: goals(job, options.goals), GoalsJob, parser, arguments)


if __name__ == "__main__":
    main()
