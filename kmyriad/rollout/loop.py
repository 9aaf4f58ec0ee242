"""Running a training loop to its end, with a bar that says how far it is."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from tqdm import tqdm

Row = TypeVar("Row", covariant=True)


class Loop(Protocol[Row]):
    """What makes one row of metrics an epoch and counts them from 0 in `next_epoch`."""

    next_epoch: int

    def run_epoch(self) -> Row:
        """Run one epoch and return its metrics."""


def run_epochs(loop: Loop[Row], epochs: int, title: str, shown: Callable[[Row], str], progress: bool = True) -> list[Row]:
    """Run `loop` until it has made `epochs` epochs; return the metrics of those made now.

    `progress`: whether a bar on stderr, named `title`, shows the epochs, the time left and `shown` of the last row.
    """
    rows = []
    with tqdm(total=epochs, initial=loop.next_epoch, desc=title, unit="epoch", disable=not progress) as bar:
        while loop.next_epoch < epochs:
            rows.append(loop.run_epoch())
            bar.set_postfix_str(shown(rows[-1]), refresh=False)
            bar.update()
    return rows
