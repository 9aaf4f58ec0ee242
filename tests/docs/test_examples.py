"""The example of fifteen lines is the same wherever it stands: file, page and notebook; tests/test_wheel.py runs it."""

import json

from tests.copies import ROOT
from tests.docs.pages import Block, blocks

SCRIPT = (ROOT / "examples/own_environment.py").read_text()
NOTEBOOK = ROOT / "examples/own_environment.ipynb"
CELLS = [cell for cell in json.loads(NOTEBOOK.read_text())["cells"] if cell["cell_type"] == "code"]


def test_the_page_prints_it() -> None:
    assert Block("python", SCRIPT) in blocks("docs/own-problem.md")


def test_the_notebook_runs_it_between_its_pictures() -> None:
    own = ["".join(cell["source"]) for cell in CELLS if "picture" not in cell["metadata"].get("tags", [])]
    assert "\n\n".join(own) + "\n" == SCRIPT


def test_the_notebook_was_executed_from_top_to_bottom() -> None:
    assert [cell["execution_count"] for cell in CELLS] == list(range(1, len(CELLS) + 1))
    outputs = [output for cell in CELLS for output in cell["outputs"]]
    assert not [output for output in outputs if output["output_type"] == "error"]
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 2
    assert NOTEBOOK.stat().st_size < 1_000_000


def test_the_notebook_shows_what_it_says() -> None:
    printed = ["".join(output["text"]) for cell in CELLS for output in cell["outputs"] if output.get("name") == "stdout"]
    (line,) = printed
    assert line.endswith("of the boats reach the buoy\n") and int(line.rpartition("%")[0].rpartition(" ")[2]) >= 90
