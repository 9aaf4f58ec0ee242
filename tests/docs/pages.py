"""What the documentation's pages hold: blocks of code, recipes, commands."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests.copies import ROOT

PAGES = ("README.md", "config/README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")))
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_STEP = re.compile(r"^(New file|In) `([^`]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`((?:make|snakemake|kmyriad|dvc|conda|pip|python) [^`]+)`")


class Block(NamedTuple):
    """A fenced block of code: its language ("" where none is named) and its text."""

    language: str
    text: str


def read(page: str) -> str:
    """Return the text of a page."""
    return (ROOT / page).read_text()


def blocks(page: str) -> list[Block]:
    """Return the fenced blocks of a page."""
    return [Block(*found) for found in _BLOCK.findall(read(page))]


def section(page: str, title: str) -> str:
    """Return the part of a page below the heading "## `title`", up to the next one of that level."""
    return read(page).split(f"\n## {title}\n")[1].split("\n## ")[0]


def commands(page: str) -> list[str]:
    """Return the commands that a page prints: the lines of blocks without a language, and those within its sentences.

    Comments are left out; a line of several commands counts as those.
    """
    lines = [line for block in blocks(page) if not block.language for line in block.text.splitlines()]
    inline = _INLINE.findall(_BLOCK.sub("", read(page)).replace("\n", " "))
    plain = [re.sub(r"\s+#\s.*", "", line) for line in lines]
    return [command.strip() for line in [*plain, *inline] for command in line.split("; ") if command.strip()]


@dataclass(frozen=True)
class Step:
    """One step of a recipe: a new file, or a change of one."""

    new: bool
    path: str
    text: str

    def apply(self, root: Path) -> None:
        """Do it to the copy of the project at `root`; AssertionError where the file is not as the page says."""
        file = root / self.path
        if self.new:
            assert not file.exists(), f"{self.path} is there already"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self.text)
            return
        before = "".join(line[1:] for line in self._lines() if line[0] in " -")
        after = "".join(line[1:] for line in self._lines() if line[0] in " +")
        found = file.read_text()
        assert found.count(before) == 1, f"{self.path} has these lines {found.count(before)} times, not once:\n{before}"
        file.write_text(found.replace(before, after))

    def _lines(self) -> list[str]:
        return [line if line.strip() else f" {line}" for line in self.text.splitlines(keepends=True)]


def recipe(page: str, title: str) -> list[Step]:
    """Return the steps of a section."""
    return [Step(kind == "New file", path, text) for kind, path, text in _STEP.findall(section(page, title))]
