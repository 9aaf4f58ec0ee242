"""What a file of a policy says of itself: its kind, where it was trained, and how many can be shown."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from kmyriad.jobs.agents import FORMAT as AGENTS
from kmyriad.jobs.checkpoint import FORMAT as POLICY
from kmyriad.jobs.environments import Goal
from kmyriad.jobs.files import StageError
from kmyriad.jobs.info import KINDS
from kmyriad.jobs.provenance import read_sidecar, sidecar_of
from kmyriad.jobs.teams import FORMAT as TEAM
from kmyriad.settings import EnvironmentSettings
from kmyriad.stages.goals import load_goal

SHOWN = 10
"""Heads that are shown where none is named."""


@dataclass(frozen=True)
class PolicyFile:
    """A policy of K-Myriad, agents of Collaborative Exploration or a team of the comparison, by the facts in its sidecar."""

    path: Path
    facts: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> "PolicyFile":
        """Return the file at `path`; StageError if there is none, or none of a policy."""
        if not path.is_file():
            raise StageError(f"there is no file {path}")
        facts = read_sidecar(path)
        if path.suffix == ".safetensors" and facts is not None and facts["format"] in (POLICY, AGENTS, TEAM):
            return cls(path, facts)
        found = "has no record of this project's"
        if facts is not None:
            found = f"is {'the record of ' if path.suffix == '.json' else ''}a {KINDS.get(facts['format'], 'file of ours')}"
        raise StageError(
            f"{path} is no policy: it {found}; kmyriad play takes policy.safetensors, actor.safetensors, agents.safetensors "
            f"or team.safetensors beside its {sidecar_of(path).name}"
        )

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of the job that trained it, {} where the sidecar has none."""
        return self.facts.get("settings") or {}

    @property
    def is_agents(self) -> bool:
        """Whether it holds agents of Collaborative Exploration."""
        return bool(self.facts["format"] == AGENTS)

    @property
    def is_team(self) -> bool:
        """Whether it holds the agents of one method of the comparison, each a policy of one head."""
        return bool(self.facts["format"] == TEAM)

    @property
    def kind(self) -> str:
        """What it is, in a few words."""
        if self.is_team:
            return f"team of agents, {self.settings['method']}"
        if self.is_agents:
            return "agents of Collaborative Exploration"
        if "finetune" in self.settings:
            return "PPO actor"
        if "head" in self.facts:
            return f"head {self.facts['head']} of a policy"
        return "multi-head policy" if self.members > 1 else "policy of one head"

    @property
    def member(self) -> str:
        """What one of them is called."""
        return "agent" if self.is_agents or self.is_team else "head"

    @property
    def members(self) -> int:
        """The number of heads, or of agents of all seeds."""
        if self.is_agents:
            return len(self.settings["seeds"]) * int(self.settings["settings"]["agents"])
        return len(self.facts["architectures"]) if self.is_team else int(self.facts["architecture"]["num_heads"])

    @property
    def environment(self) -> EnvironmentSettings | None:
        """Where a policy was trained, None where its sidecar does not say."""
        found = self.settings["task"]["environment"] if self.is_team else self.settings.get("environment")
        return None if found is None else EnvironmentSettings.model_validate(found)

    @cached_property
    def goal(self) -> Goal | None:
        """The goal (x, y), metres, that it was trained for: in its sidecar, or in the goals of the results it lies in."""
        own, number = self.facts.get("goal"), self.settings.get("goal")
        if own is not None:
            return float(own[0]), float(own[1])
        if number is None or self.environment is None:
            return None
        for folder in self.path.absolute().parents:
            goals = folder.parent / "goals" / f"{self.environment.label}.json"
            if folder.name == "checkpoints" and goals.exists():
                return load_goal(goals, number)
        return None

    @property
    def commit(self) -> str:
        """The git commit that trained it, short."""
        commit = self.facts.get("trained_commit") or self.facts.get("git_commit")
        return f"git {commit[:10]}" if commit else "git commit unknown"

    def chosen(self, heads: list[int] | None) -> list[int]:
        """Return the heads to show: `heads`, or the first SHOWN; StageError if it has not all of them."""
        for head in heads or ():
            if not 0 <= head < self.members:
                what = self.member
                raise StageError(f"{what} {head} does not exist: {self.path} has {what}s 0 .. {self.members - 1}")
        return list(range(min(self.members, SHOWN))) if heads is None else heads
