"""Imports point one way, and simulators, neighbour searches and plotting load only when they are used."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "kmyriad"
ORDER = (
    "names devices statistics settings estimators gridworld envs policies rollout actor_critic pretrain heads finetune diversity"
    " collaborative side_by_side figures jobs watch stages play papers pipeline cli __main__"
).split()
"""A module may import from its own part of the package and from those before it."""
FILES = sorted(PACKAGE.rglob("*.py"))


def imported(source: str) -> set[str]:
    """Dotted names of all that the source imports, wherever in the file; relative ones keep their dots."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            found |= {f"{module}.{alias.name}" for alias in node.names}
    return found


def parts(source: str) -> set[str]:
    """First names below kmyriad of what the source imports, "" for kmyriad itself."""
    names = (name.split(".") for name in imported(source))
    return {[*name, ""][1] for name in names if name[0] == "kmyriad"}


def test_all_ways_to_import_are_seen() -> None:
    source = "import kmyriad.a.x\ndef f():\n  from kmyriad import b\n  from kmyriad.c.y import z\nimport os.path"
    assert parts(source) == {"a", "b", "c"}
    assert imported("from . import d") == {"..d"}


def test_the_order_names_every_part() -> None:
    assert {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in FILES} - {"__init__"} == set(ORDER)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_point_one_way(path: Path) -> None:
    part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    allowed = ORDER[: ORDER.index(part) + 1] if part in ORDER else []
    source = path.read_text()
    assert parts(source) <= set(allowed)
    assert not any(name.startswith(".") for name in imported(source)), "import by the full name"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_what_is_imported_is_there(path: Path) -> None:
    # A module that nothing imports would hide its own wrong imports, from mypy too.
    for name in sorted(imported(path.read_text())):
        module = PACKAGE.parent.joinpath(*name.split(".")[:-1])
        if name.startswith("kmyriad."):
            assert module.with_suffix(".py").exists() or module.is_dir() or name.count(".") == 1, f"{name} is not there"


WINGS = {
    "myriad": {"gridworld", "collaborative", "papers.pgpse", "papers.collaborative"},
    "pgpse": {"collaborative", "papers.myriad", "papers.collaborative"},
    "side_by_side": {"gridworld", "collaborative", "pretrain", "papers.myriad", "papers.pgpse", "papers.collaborative"},
    "collaborative": {"gridworld", "pretrain", "finetune", "heads", "papers.myriad", "papers.pgpse"},
}
"""What is another paper's, by paper. PGPSE's bridge compares with K-Myriad, whose visits it reads as files."""
COMMANDS = [path for path in FILES if path.relative_to(PACKAGE).parts[0] == "papers" and "drawing_stage(" in path.read_text()]
LOADED = """
import sys
import kmyriad.papers.{module}
print(*(name.removeprefix("kmyriad.") for name in sys.modules if name.startswith("kmyriad.")))
"""


def test_no_paper_imports_another() -> None:
    for path in FILES:
        parts = path.relative_to(PACKAGE).parts
        if parts[0] == "papers" and len(parts) > 2:
            others = {f"kmyriad.papers.{paper}" for paper in WINGS} - {f"kmyriad.papers.{parts[1]}"}
            names = imported(path.read_text())
            assert not [name for name in names if any(f"{name}.".startswith(f"{other}.") for other in others)], path


@pytest.mark.slow(25)
def test_drawing_a_figure_loads_nothing_of_another_paper() -> None:
    # One process a paper: all of its figures. Settings are small and know all papers' jobs.
    assert len(COMMANDS) >= 20
    for paper, foreign in WINGS.items():
        mine = [path for path in COMMANDS if path.relative_to(PACKAGE).parts[1] == paper]
        modules = ", kmyriad.papers.".join(path.relative_to(PACKAGE / "papers").with_suffix("").as_posix() for path in mine)
        script = LOADED.format(module=modules.replace("/", "."))
        found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=PACKAGE.parent)
        loaded = set(found.stdout.split())
        assert f"papers.{paper}" in loaded
        assert not {name for name in loaded if any(f"{name}.".startswith(f"{other}.") for other in foreign)}


LATE = ("mujoco", "mujoco_warp", "warp", "gymnasium", "scipy.spatial", "pykeops", "matplotlib", "pandas", "isaaclab")
SCRIPT = """
import sys
import kmyriad, {module}
print(*(name for name in {late} if name in sys.modules))
"""


@pytest.mark.slow(6)
@pytest.mark.parametrize("module", ["kmyriad.envs", "kmyriad.estimators", "kmyriad.cli"])
def test_importing_the_package_loads_nothing_large(module: str) -> None:
    # In a fresh process. kmyriad itself is imported by both.
    script = SCRIPT.format(module=module, late=LATE)
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=PACKAGE.parent)
    assert found.stdout.split() == []


INNER = """
import sys
from snakemake.cli import main
try:
    main("-n --quiet all --mode subprocess --configfile config/smoke.yaml -- results/smoke/figures/fig7.pdf".split())
except SystemExit as end:
    print(end.code, *(name for name in ("torch", "mujoco", "scipy") if name in sys.modules))
"""


@pytest.mark.slow(4)
def test_a_cluster_job_reads_the_rules_without_torch(untouched: Path) -> None:
    # Each job on a cluster starts Snakemake twice, with settings that were checked before.
    found = subprocess.run([sys.executable, "-c", INNER], capture_output=True, text=True, cwd=untouched)
    assert found.stdout.split() == ["0"], found.stderr
