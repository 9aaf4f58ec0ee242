"""Teams of agents as one file: safetensors, and beside it a JSON sidecar that says where they come from."""

from pathlib import Path

from pydantic import BaseModel
from safetensors.torch import load, save_file

from kmyriad.heads import choose_head
from kmyriad.jobs.checkpoint import check_fits
from kmyriad.jobs.environments import opened
from kmyriad.jobs.files import StageError, write_atomically
from kmyriad.jobs.provenance import digest, provenance, read_checkpoint, write_sidecar
from kmyriad.policies import MultiHeadPolicy
from kmyriad.settings.side_by_side import SideTask
from kmyriad.side_by_side import Team

FORMAT = "kmyriad-team-1"


def save_team(path: Path, team: Team, job: BaseModel, env_steps: int, seconds: float) -> None:
    """Write `team`, which `job` has trained with `env_steps` environment steps in `seconds`."""
    tensors = {name: value.contiguous() for name, value in team.state_dict().items()}
    write_atomically(path, lambda temporary: save_file(tensors, temporary))
    settings = job.model_dump(mode="json")
    shapes = [team.select_head(agent).architecture() for agent in range(team.num_heads)]
    facts = {"architectures": shapes, "settings": settings, "seed": settings["seed"], "env_steps": env_steps}
    write_sidecar(path, FORMAT, {**facts, "sha256": digest([path])} | provenance(1, "cpu", seconds))


def load_team(path: Path, obs_dim: int | None = None, action_dim: int | None = None) -> Team:
    """Return the team at `path`; `obs_dim` and `action_dim`, where given, are what the environment needs.

    Raises:
        StageError: as `kmyriad.jobs.provenance.read_checkpoint`; another number of features or action components.
    """
    sidecar, content = read_checkpoint(path, FORMAT)
    check_fits(path, sidecar["architectures"][0], obs_dim, action_dim)
    team = Team([MultiHeadPolicy(**architecture) for architecture in sidecar["architectures"]])
    team.load_state_dict(load(content))
    return team


def best_agent(path: Path, task: SideTask, goal: int, seed: int, envs: int) -> tuple[int, MultiHeadPolicy]:
    """Return which agent of the team at `path` does best on the task's `goal`, and its policy.

    The agents are tried once with their noise, in `envs` environments each.

    Raises:
        StageError: as `load_team`; the task has no such goal.
    """
    if goal >= len(task.goals):
        raise StageError(f"goal {goal} does not exist: the task has goals 0 .. {len(task.goals) - 1}")
    agents, point = load_team(path), task.goals[goal]
    with opened(task.environment, envs * agents.num_heads, seed, point) as env:
        best, _ = choose_head(env, agents, task.horizon, seed=seed, goal=point)
    return best, agents.select_head(best)
