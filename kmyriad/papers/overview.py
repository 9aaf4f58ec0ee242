"""Rule `overview`: one page for a web browser with the film, the verdicts and all tables; it needs no other file."""

import argparse
import base64
from html import escape
from pathlib import Path

import markdown

from kmyriad.jobs.command import one_line_errors
from kmyriad.jobs.files import write_atomically

STYLE = """body { font-family: sans-serif; margin: 2em; } table { border-collapse: collapse; }
td, th { border-bottom: 1px solid #ccc; padding: 0.2em 0.8em; text-align: left; } img { max-width: 100%; }"""


def part(file: Path) -> str:
    """Return a section of the page: a table (`.md`) as HTML, or a film (`.gif`) within the text."""
    if file.suffix == ".gif":
        film = base64.b64encode(file.read_bytes()).decode()
        body = f'<img alt="{escape(file.stem)}" src="data:image/gif;base64,{film}">'
    else:
        body = markdown.markdown(file.read_text(), extensions=["tables"])
    return f'<h2 id="{escape(file.stem)}">{escape(file.stem)}</h2>\n{body}\n'


def page(files: list[Path]) -> str:
    """Return the page: a list of its sections, and a section for each of `files`, in their order."""
    contents = " ".join(f'<a href="#{escape(file.stem)}">{escape(file.stem)}</a>' for file in files)
    head = f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Overview</title><style>{STYLE}</style></head>'
    return f"{head}\n<body>\n<p>{contents}</p>\n{''.join(map(part, files))}</body></html>\n"


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.papers.overview", description=__doc__)
    parser.add_argument("--inputs", nargs="+", required=True, type=Path, help="tables (.md) and films (.gif)")
    parser.add_argument("--output", required=True, type=Path, help="page to write (.html)")
    options = parser.parse_args(arguments)
    with one_line_errors():
        text = page(options.inputs)
        write_atomically(options.output, lambda path: path.write_text(text))


if __name__ == "__main__":
    main()
