"""What MkDocs does not do by itself: pages from outside docs/, and a page of the API for each package.

The pages link to each other and to files of the repository as GitHub resolves it. Here every file that a page links to becomes
part of the site: Markdown as a page, all else (pictures, settings, code) as a copy. So no link needs a network or an address.
"""

import os
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"(?<=\]\()(?!\w+:)([^)#\s]+)(?=[)#])")
API = ("estimators", "envs", "policies", "rollout", "pretrain", "heads", "finetune", "diversity", "gridworld", "collaborative")
"""Packages of kmyriad, each with a page of what its __init__ exports."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add README.md, all that the pages link to, and the pages of the API; PluginError where a link leads nowhere."""
    waiting = [ROOT / "README.md", *(Path(file.abs_src_path) for file in files.documentation_pages() if file.abs_src_path)]
    seen = set(waiting)
    while waiting:
        source = waiting.pop()
        if files.get_file_from_path(uri_of(source)) is None:
            files.append(File.generated(config, uri_of(source), abs_src_path=str(source)))
        found = {*linked(source)} - seen if source.suffix == ".md" else set()
        seen |= found
        waiting += sorted(found)
    for name in API:
        files.append(File.generated(config, f"api/{name}.md", content=f"# {name}\n\n::: kmyriad.{name}\n"))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Return the page with its links as they are within the site."""
    if page.file.abs_src_path is None:
        return markdown
    source, here = Path(page.file.abs_src_path), Path(page.file.src_uri).parent
    return LINK.sub(lambda link: os.path.relpath(uri_of(target_of(source, link[0])), here), markdown)


def linked(source: Path) -> list[Path]:
    """Return the files that the page `source` links to."""
    return [target_of(source, link) for link in LINK.findall(source.read_text())]


def target_of(source: Path, link: str) -> Path:
    """Return the file that `link` on the page `source` leads to."""
    target = Path(os.path.normpath(source.parent / link))
    if not target.is_file() or ROOT not in target.parents:
        raise PluginError(f"{source.relative_to(ROOT)} links to {link}, which is no file of the repository")
    return target


def uri_of(file: Path) -> str:
    """Return where a file of the repository is in the site: docs/ is its root, and all else keeps its path."""
    within = file.relative_to(ROOT)
    return (within.relative_to("docs") if within.parts[0] == "docs" else within).as_posix()
