"""What the workflow makes of finished runs: an entry a figure, table or film, from which it makes a rule each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

Kind = Literal["figure", "table", "film"]
FORMATS: dict[Kind, tuple[str, ...]] = {"figure": ("pdf", "png", "csv"), "table": ("csv", "md", "tex"), "film": ("gif",)}
"""What is written, the file that the command is given first."""
REPORTED: dict[Kind, tuple[str, ...]] = {"figure": ("png", "csv"), "table": ("csv",), "film": ("gif",)}
"""What `snakemake --report` shows."""


@dataclass(frozen=True)
class Result:
    """One figure, table or film.

    name: of its rule, its files and its caption, workflow/report/<name>.rst (or `caption`).
    module: below kmyriad.papers; its command takes --job (the JSON of `job`), --inputs and --output.
    shows: a few words for the report and the progress.
    unread: files that must be there although nothing is read from them. Git holds metrics but not the policies, so a fresh
    clone trains, and one with `dvc pull` does not.
    """

    name: str
    module: str
    shows: str
    inputs: Sequence[str]
    job: BaseModel
    kind: Kind = "figure"
    unread: Sequence[str] = ()
    caption: str | None = None

    def outputs(self, results: str) -> dict[str, str]:
        """Return the files to write by their formats; `results` is the folder of everything that is made."""
        folder = "tables" if self.kind == "table" else "figures"
        return {form: f"{results}/{folder}/{self.name}.{form}" for form in FORMATS[self.kind]}
