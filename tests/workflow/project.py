"""A repository of its own in which git, dvc, snakemake and kmyriad run as programs."""

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from tests.workflow.smoke import environment


@dataclass(frozen=True)
class Project:
    """A working copy, and how commands run in it; `variables` are added to their environment."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    def start(self, *command: str) -> subprocess.CompletedProcess:
        """Run `command` to its end."""
        variables = {
            **environment(self.folder),
            "DVC_SITE_CACHE_DIR": str(self.folder.parent / "site"),
            **{f"GIT_{who}_{what}": "test@localhost" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
            **self.variables,
        }
        return subprocess.run(command, cwd=self.folder, env=variables, capture_output=True, text=True, timeout=1200)

    def run(self, *command: str) -> str:
        """Run `command` and return what it printed; it must succeed."""
        done = self.start(*command)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def dvc(self, *arguments: str) -> str:
        """Run dvc."""
        return self.run("dvc", *arguments)

    def commit(self, message: str) -> None:
        """Put everything into a git repository, which this makes if it is not there."""
        if not (self.folder / ".git").exists():
            self.run("git", "init", "--quiet")
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--message", message)

    def clone(self) -> "Project":
        """Return a clone beside this one."""
        self.run("git", "clone", "--quiet", ".", "../clone")
        return Project(self.folder.parent / "clone", self.variables)

    def planned(self, *arguments: str) -> dict[str, int]:
        """Return how many jobs of each rule `snakemake -n` announces."""
        text = self.run("snakemake", "--dry-run", *arguments)
        assert ("Nothing to be done" in text) != ("Job stats" in text)
        # The table is printed twice.
        return {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", text, re.MULTILINE)}

    def change_settings(self, changes: dict) -> None:
        """Merge `changes` into the default settings."""
        file = self.folder / "config/config.yaml"
        file.write_text(yaml.safe_dump(merged(yaml.safe_load(file.read_text()), changes)))

    def times(self, folder: str) -> dict[Path, int]:
        """Return when each file in `folder` was written."""
        return {path: path.stat().st_mtime_ns for path in (self.folder / folder).rglob("*") if path.is_file()}

    def bytes_of(self, folder: str) -> dict[str, bytes]:
        """Return what each file in `folder` holds, by its path in the project; nothing where there is no such folder."""
        files = (path for path in (self.folder / folder).rglob("*") if path.is_file())
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in files}


def merged(settings: dict, changes: dict) -> dict:
    both = {key: merged(settings[key], changes[key]) for key in changes if isinstance(settings.get(key), dict)}
    return {**settings, **changes, **both}
