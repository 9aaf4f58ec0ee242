"""Rule `gallery_head`: one head of a trained policy for the gallery, and in its sidecar what it is and how far it gets."""

import argparse
from pathlib import Path
from time import perf_counter

import torch

from kmyriad.envs.ant.tasks import GOAL_RADIUS
from kmyriad.jobs.checkpoint import INHERITED, load_policy, save_policy
from kmyriad.jobs.command import run
from kmyriad.jobs.environments import Goal, opened
from kmyriad.jobs.files import StageError
from kmyriad.jobs.provenance import provenance, read_sidecar
from kmyriad.policies import MultiHeadPolicy
from kmyriad.rollout import play
from kmyriad.settings.gallery import GalleryJob
from kmyriad.stages.goals import load_goal

LARGEST = 1_000_000
"""Bytes of the tensors of a head that git may hold."""


def gallery_head(job: GalleryJob, policy_path: Path, goals_path: Path | None, head_path: Path) -> None:
    """Write the head that `job` chooses among those of `policy_path` to `head_path`.

    Every head plays one episode by its mean action, each alone: what `kmyriad play` shows. The sidecar has the facts of the
    policy, the commit that trained it, and as `measured` what the head did: distance between its first and its last position,
    and with a goal how close it came, in metres. Contacts amplify the last bit, so another machine may measure something else.

    Raises:
        StageError: no such head or goal; the head is too large for git; its environment has no x and y; it failed there.
    """
    started = perf_counter()
    torch.set_num_threads(job.threads)
    goal = None if job.goal is None or goals_path is None else load_goal(goals_path, job.goal)
    policy = load_policy(policy_path)
    paths = _walked(job, policy_path, policy, goal)
    head = choose_head(job.head, paths)
    single = policy.select_head(head)
    size = sum(value.numel() * value.element_size() for value in single.state_dict().values())
    if size > LARGEST:
        raise StageError(f"a head of {policy_path} has {size} bytes, the gallery's limit is {LARGEST}: choose a smaller network")
    source = read_sidecar(policy_path) or {}
    facts = {"name": job.name, "shows": job.shows, "head": head, "of": str(policy_path), "of_sha256": source.get("sha256")}
    facts |= {"goal": goal, "measured": measure(paths[:, head], goal), "trained_commit": source.get("git_commit")}
    facts |= {name: source[name] for name in INHERITED if name in source}
    save_policy(head_path, single, facts | provenance(job.threads, "cpu", perf_counter() - started))


def choose_head(wanted: str | int, paths: torch.Tensor) -> int:
    """Return the index of the `wanted` head by the positions `paths` [T + 1, heads, 2] (metres) of all.

    farthest: the largest distance between start and end; opposite: the end that is farthest from that head's end; an index
    is itself. Of equal ones the first.

    Raises:
        StageError: no such head.
    """
    heads = paths.shape[1]
    if isinstance(wanted, int):
        if wanted >= heads:
            raise StageError(f"head {wanted} does not exist: the policy has heads 0 .. {heads - 1}")
        return wanted
    farthest = int((paths[-1] - paths[0]).norm(dim=-1).argmax())
    return farthest if wanted == "farthest" else int((paths[-1] - paths[-1, farthest]).norm(dim=-1).argmax())


def measure(path: torch.Tensor, goal: Goal | None) -> dict[str, object]:
    """Return what the mean action did on the `path` [T + 1, 2], metres, in numbers of four digits."""
    found: dict[str, object] = {"actions": len(path) - 1, "distance": _short((path[-1] - path[0]).norm())}
    if goal is not None:
        closest = (path - path.new_tensor(goal)).norm(dim=-1).min()
        found |= {"closest_approach": _short(closest), "reaches_goal": bool(closest < GOAL_RADIUS)}
    return found


def _walked(job: GalleryJob, policy_path: Path, policy: MultiHeadPolicy, goal: Goal | None) -> torch.Tensor:
    """Return where the mean actions of the heads lead, [T + 1, heads, 2], metres."""
    with opened(job.environment, 1, job.seed, goal) as env:
        load_policy(policy_path, env.obs_dim, env.action_dim)  # or it says whose policy this is
        if missing := {"x", "y"} - {*env.feature_names}:
            raise StageError(f"{job.environment.name} has no feature {min(missing)}: the gallery measures how far heads get")
        xy = [env.feature_names.index(name) for name in ("x", "y")]
        heads = [policy.select_head(head).to(env.device) for head in range(policy.num_heads)]
        alone = [play(env, head, job.horizon, job.seed, job.seed, deterministic=True) for head in heads]
    if any(trajectory.frozen.any() for trajectory in alone):
        raise StageError(f"{policy_path}: a simulation failed, so no distance can be said: choose another run")
    return torch.cat([trajectory.obs[..., xy].cpu() for trajectory in alone], dim=1)


def _short(value: torch.Tensor) -> float:
    return float(f"{float(value):.4g}")


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.gallery_head", description=__doc__)
    parser.add_argument("--policy", required=True, type=Path, help="checkpoint to read")
    parser.add_argument("--goals", type=Path, help="what the stage goals wrote, for an actor after PPO")
    parser.add_argument("--head", required=True, type=Path, help="checkpoint to write, .safetensors; its sidecar goes beside it")
    run(lambda job, to: gallery_head(job, to.policy, to.goals, to.head), GalleryJob, parser, arguments)


if __name__ == "__main__":
    main()
