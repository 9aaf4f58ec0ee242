"""Looking a name up, with the nearest choice in the error."""

from collections.abc import Iterable
from difflib import get_close_matches

_SHOWN = 20  # choices listed in a message, which should stay one line


def choose(name: str, choices: Iterable[str], what: str) -> str:
    """Return `name` if it is among `choices`.

    Raises:
        ValueError: it is not; the message names the nearest choice, if one is near, and lists them.
    """
    known = sorted(choices)
    if name in known:
        return name
    near = get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    rest = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    raise ValueError(f"unknown {what} {name!r}{hint} (choices: {', '.join(known[:_SHOWN])}{rest})")
