"""README.md is a page; what the pages link to or name is there."""

import re

import pytest

from tests.copies import ROOT
from tests.docs.pages import PAGES, read, recipe

PATH = re.compile(r"`((?:kmyriad|tests|workflow|config|docs|examples|experiments|benchmarks)/[\w/.-]+)(?:::(\w+))?`")
BY_RECIPES = {
    step.path for title in ("An intrinsic reward", "A figure", "A fourth paper") for step in recipe("docs/extending.md", title)
}
"""Files that docs/extending.md makes."""


def anchors(text: str) -> set[str]:
    """Return what headings can be linked to by, as GitHub makes it."""
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_readme_is_short() -> None:
    assert len(read("README.md").splitlines()) <= 120


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for link, anchor in re.findall(r"\]\(([^)#:]*)(?:#([\w-]+))?\)", read(page)):
        target = (ROOT / page).parent / link if link else ROOT / page
        assert target.exists(), f"{page} links to {link}"
        assert not anchor or anchor in anchors(target.read_text()), f"{page} links to {link}#{anchor}"


@pytest.mark.parametrize("page", PAGES)
def test_files_and_tests_named_are_there(page: str) -> None:
    for path, test in PATH.findall(read(page)):
        assert path in BY_RECIPES or (ROOT / path).exists(), f"{page} names {path}"
        assert not test or f"def {test}(" in (ROOT / path).read_text(), f"{page} names {test} in {path}"


def test_every_page_of_docs_can_be_reached_from_the_readme() -> None:
    assert {page for page in PAGES if page.startswith("docs/")} <= set(re.findall(r"\]\((docs/[\w-]+\.md)", read("README.md")))
