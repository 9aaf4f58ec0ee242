"""The verdicts on the papers' claims by the results that are there, while others are still being made."""

from importlib import import_module
from pathlib import Path

from kmyriad.jobs.files import StageError
from kmyriad.papers.claims import claims, text
from kmyriad.pipeline import jobs
from kmyriad.pipeline.configure import read_config


def verdicts(config_file: Path) -> str:
    """Return, as Markdown, what the rule `claims` would write if the results of `config_file` that are here were all.

    Raises:
        StageError: as `read_config`; none of the files that the claims rest on is here.
    """
    config = read_config(config_file)
    evidence = {paper: import_module(f"kmyriad.papers.{paper}.results").evidence(config) for paper in config.papers}
    whole = {(paper, kind): files for paper, kinds in evidence.items() for kind, files in kinds.items()}
    here = {key: [file for file in files if Path(file).is_file()] for key, files in whole.items()}
    found, wanted = (sum(map(len, each.values())) for each in (here, whole))
    if not found:
        raise StageError(f"none of the {wanted} files that the claims rest on is in {config.results}: kmyriad run makes them")
    table = claims(jobs.claims(config), {paper: {kind: here[paper, kind] for kind in evidence[paper]} for paper in evidence})
    return f"{found} of {wanted} files that the claims rest on are in {config.results} so far.\n\n{text(table)}"
