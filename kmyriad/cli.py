"""The command `kmyriad`: what a file is, whether an environment keeps the protocol, running, watching, checkpoints, playing."""

import argparse
import json
import sys
from pathlib import Path

from kmyriad.jobs.files import StageError


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and run; anything wrong ends the process with one line and exit code 1."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read it has seen enough, as in `kmyriad info FILE | head`
        sys.stderr.close()  # or Python would complain of the pipe once more at its exit
    # AssertionError and TypeError are what kmyriad.envs.check says of an environment.
    except (StageError, AssertionError, TypeError, ValueError, ImportError, RuntimeError, OSError) as error:
        sys.exit(f"error: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kmyriad", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    info = commands.add_parser("info", help="print what a file is and where it comes from")
    info.add_argument(
        "path", type=Path, metavar="PATH", help="checkpoint, figure, visits, metrics.csv, or a job's state or failure"
    )
    info.set_defaults(run=_info)
    check = commands.add_parser("check-env", help="drive an environment and compare it with the protocol of kmyriad.envs.VecEnv")
    check.add_argument("name", metavar="NAME", help="what kmyriad.envs.make takes, e.g. ant-maze or gymnasium:HalfCheetah-v5")
    check.add_argument("--backend", default="mujoco", help="simulator of the ants (default: %(default)s)")
    check.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:<index> (default: %(default)s)")
    check.add_argument("--envs", type=int, default=4, help="copies (default: %(default)s)")
    check.add_argument("--settings", type=json.loads, default={}, help="further settings as JSON, e.g. '{\"goal\": [2, 0]}'")
    check.set_defaults(run=_check_env)
    run = commands.add_parser("run", help="snakemake --cores all, with a forecast of how long it takes on this machine")
    run.add_argument("targets", nargs="*", metavar="TARGET", help="files or rules to make (default: all)")
    run.add_argument("--configfile", type=Path, default=Path("config/config.yaml"), help="scale (default: %(default)s)")
    run.set_defaults(run=_run)
    pull = commands.add_parser("pull", help="get the checkpoints that dvc.lock names from DVC's remote")
    pull.set_defaults(run=_pull)
    verdicts = commands.add_parser("verdicts", help="judge the papers' claims by the results that are there so far")
    verdicts.add_argument("--configfile", type=Path, default=Path("config/config.yaml"), help="scale (default: %(default)s)")
    verdicts.set_defaults(run=_verdicts)
    watch = commands.add_parser("watch", help="show how far the jobs of a folder of results are, until Ctrl-C")
    watch.add_argument("results", nargs="?", type=Path, default=Path("results"), help="folder (default: %(default)s)")
    watch.add_argument("--once", action="store_true", help="print the table one time, whole")
    watch.set_defaults(run=_watch)
    _add_play(commands.add_parser("play", help="show a policy in its environment, in a window or as a video"))
    return parser


def _add_play(play: argparse.ArgumentParser) -> None:
    add = play.add_argument
    add("paths", nargs="+", type=Path, metavar="PATH", help="policy.safetensors, actor.safetensors or agents.safetensors")
    add("--video", type=Path, metavar="FILE", help="write a .mp4 or .gif instead of opening a window")
    add("--head", type=int, action="append", help="which head, from 0; may be given several times (default: the first ten)")
    add("--sampled", action="store_true", help="actions with the policy's noise (default: the mean action)")
    add("--goal", metavar="X,Y", help="metres; drawn and observed (default: the one that a PPO actor was trained for)")
    add("--terrain", metavar="NAME", help="of the ants, e.g. maze (default: the one of training)")
    add("--seconds", type=float, help="simulated ones (default: 10; in a window again and again until it is closed)")
    play.set_defaults(run=_play)


# What the commands need is imported by the command, so that `kmyriad --help` answers at once.


def _info(options: argparse.Namespace) -> None:
    from kmyriad.jobs.info import info

    print(info(options.path))


def _run(options: argparse.Namespace) -> None:
    from kmyriad.pipeline.forecast import forecast

    sys.exit(forecast(options.targets, options.configfile))


def _play(options: argparse.Namespace) -> None:
    from kmyriad.play.cast import Request
    from kmyriad.play.command import goal_of, play

    goal = None if options.goal is None else goal_of(options.goal)
    paths, video = tuple(options.paths), options.video
    play(Request(paths, options.head, options.sampled, goal, options.terrain, options.seconds, video))


def _watch(options: argparse.Namespace) -> None:
    from kmyriad.watch.command import watch

    watch(options.results, options.once)


def _verdicts(options: argparse.Namespace) -> None:
    from kmyriad.pipeline.verdicts import verdicts

    print(verdicts(options.configfile), end="")


def _pull(options: argparse.Namespace) -> None:
    from kmyriad.jobs.versions import pull

    print(*pull(Path.cwd()), sep="\n")


def _check_env(options: argparse.Namespace) -> None:
    from kmyriad.envs import check, make

    env = make(options.name, options.envs, options.backend, device=options.device, **options.settings)
    try:
        # First what a simulator has to say of itself: it explains what fails afterwards.
        for line in getattr(env, "findings", list)():
            print(line)
        check(env)
    finally:
        env.close()
    print(f"{env.obs_dim} features, {env.action_dim} action components")
    print(*(f"{index:4d} {name}" for index, name in enumerate(env.feature_names)), sep="\n")
    print(f"ok: {options.envs} copies of {options.name} keep the protocol of kmyriad.envs.VecEnv")
