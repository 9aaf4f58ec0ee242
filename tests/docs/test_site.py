"""The documentation as a site: links as GitHub reads them lead to the same files there, and nothing comes from elsewhere."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from mkdocs.exceptions import PluginError

from tests.copies import ROOT

pytestmark = pytest.mark.xdist_group("site")

HOOKS = SimpleNamespace(**runpy.run_path(str(ROOT / "docs/hooks.py")))


def page(path: str) -> SimpleNamespace:
    """Return what a hook reads of the page made from the file `path` of the repository."""
    return SimpleNamespace(file=SimpleNamespace(abs_src_path=str(ROOT / path), src_uri=HOOKS.uri_of(ROOT / path)))


@pytest.mark.parametrize(
    ("path", "link", "within"),
    [
        ("README.md", "[a](docs/dvc.md)", "[a](dvc.md)"),
        ("README.md", "![a](results/figures/fig5.png)", "![a](results/figures/fig5.png)"),
        ("docs/dvc.md", "[a](cluster.md#x) and [b](#y)", "[a](cluster.md#x) and [b](#y)"),
        ("docs/dvc.md", "[a](../README.md)", "[a](README.md)"),
        ("config/README.md", "[a](../docs/dvc.md)", "[a](../dvc.md)"),
        ("config/README.md", "[a](walk.yaml)", "[a](walk.yaml)"),
        ("docs/dvc.md", "[a](https://dvc.org/doc)", "[a](https://dvc.org/doc)"),
    ],
)
def test_links_lead_to_the_same_file(path: str, link: str, within: str) -> None:
    assert HOOKS.on_page_markdown(link, page(path), None, None) == within


@pytest.mark.parametrize("link", ["../results/none.png", "../../../etc/passwd"])
def test_a_link_to_no_file_of_ours_names_the_page(link: str) -> None:
    with pytest.raises(PluginError, match=re.escape(f"docs/dvc.md links to {link}, which is no file of the repository")):
        HOOKS.on_page_markdown(f"[a]({link})", page("docs/dvc.md"), None, None)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"})
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.mark.slow(8)
def test_the_site_loads_nothing_from_elsewhere(site: Path) -> None:
    loaded = re.compile(r"<(?:script|img|iframe)[^>]*src=\"?https?:[^>]*>|<link[^>]*rel=\"?stylesheet[^>]*https?:[^>]*>")
    pages = list(site.rglob("*.html"))
    assert len(pages) > 30
    assert [(file.name, found) for file in pages for found in loaded.findall(file.read_text())] == []


@pytest.mark.slow(8)
def test_the_reference_has_shapes_and_every_picture_is_there(site: Path) -> None:
    text = (site / "api/estimators/index.html").read_text()
    assert "points [T, m, d]" in text and 'id="kmyriad.estimators.knn_entropy"' in text
    for file in ("k-myriad/index.html", "index.html"):
        pictures = re.findall(r'<img[^>]*src="([^"]+)"', (site / file).read_text())
        assert pictures and all((site / file).parent.joinpath(each).is_file() for each in pictures)
