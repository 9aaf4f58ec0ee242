"""`snakemake --report`, made of the results in git, as a browser shows it."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from kmyriad.papers.overview import main
from tests.copies import ROOT, copy_project
from tests.workflow.smoke import environment

pytestmark = pytest.mark.xdist_group("report")

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --enable-logging=stderr --virtual-time-budget=8000 --dump-dom"
).split()
SHOWN = ("results/claims.md", "results/figures/fig5.pdf", "results/figures/walk.gif", "results/tables/table1.csv")


def opened(page: Path, profile: Path, fragment: str = "") -> tuple[str, list[str]]:
    """Return the page as the browser has made it, and the errors in its console."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no chromium: apt-get install chromium")
    command = [browser, *FLAGS, f"--user-data-dir={profile}", f"{page.as_uri()}{fragment}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    console = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    return done.stdout, [line for line in console if re.search(r"Uncaught|Error|Failed|net::", line)]


def test_the_overview_shows_tables_and_film(tmp_path: Path) -> None:
    (tmp_path / "claims.md").write_text("*n*: seeds\n\n| claim | verdict |\n| --- | --- |\n| a < b | held |\n")
    (tmp_path / "walk.gif").write_bytes(b"GIF89a")
    main(["--inputs", *(str(tmp_path / name) for name in ("walk.gif", "claims.md")), "--output", str(tmp_path / "o.html")])
    text = (tmp_path / "o.html").read_text()
    assert '<img alt="walk" src="data:image/gif;base64,R0lGODlh">' in text  # GIF89a
    assert "<td>a &lt; b</td>\n<td>held</td>" in text
    assert text.index('id="walk"') < text.index('id="claims"')


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of some results that git holds, and the overview of them; nothing is trained."""
    folder = copy_project(tmp_path_factory.mktemp("report"))
    others = shutil.ignore_patterns("checkpoints", "walk", "minatar", "pixels")
    shutil.copytree(ROOT / "results", folder / "results", ignore=others)
    results = folder / "results"
    inputs = [results / "figures/walk.gif", results / "claims.md", *sorted((results / "tables").glob("*.md"))]
    main(["--inputs", *map(str, inputs), "--output", str(results / "overview.html")])
    command = ["snakemake", "--report", "report.html", *SHOWN, "overview"]
    done = subprocess.run(command, cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return folder / "report.html"


@pytest.mark.slow(20)
def test_a_browser_opens_it(report: Path, tmp_path: Path) -> None:
    dom, errors = opened(report, tmp_path / "profile")
    assert errors == []
    assert "Populations of policies that together maximise the entropy" in dom and "the circled i has the caption" in dom
    text = report.read_text()
    for name in ("fig5.png", "walk.gif", "table1.csv", "claims.md", "overview.html"):
        assert re.search(rf'"name": "{name}".*?"caption": "<p>\w', text), f"{name} has no caption"
    assert "data:image/png;" in text


@pytest.mark.slow(20)
def test_the_film_and_the_verdicts_are_shown(report: Path, tmp_path: Path) -> None:
    dom, errors = opened(report.parent / "results/overview.html", tmp_path / "profile")
    assert errors == []
    assert 'src="data:image/gif;base64,R0lGOD' in dom
    assert "<th>verdict</th>" in dom and '<h2 id="ce_table1">' in dom
