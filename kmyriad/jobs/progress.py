"""How far a run is: a bar on a terminal, a plain line now and then in a log file."""

import re
import sys
from time import monotonic

from tqdm import tqdm

SECONDS_BETWEEN_LINES = 30.0
SHOWN = {
    "pretrain": "entropy",
    "finetune": "success",
    "collaborative_train": "evaluation",
    "gridworld_train": "entropy",
    "side_train": "entropy",
    "side_finetune": "success",
    "side_sac": "success",
}
"""The metric that stands for how a training goes, by its rule."""
LINE = re.compile(r"(?P<what>.*): epoch (?P<done>\d+)/(?P<epochs>\d+), (?P<shown>.*), ETA (?P<left>[\d:]+)$")
"""A line that `Progress` writes into a log file."""


class Progress:
    """Progress over `total` epochs, `done` of which an earlier attempt has made."""

    def __init__(self, total: int, done: int, what: str) -> None:
        self._terminal = sys.stderr.isatty()
        self._bar = tqdm(total=total, initial=done, desc=what, unit="epoch", disable=not self._terminal)
        self._started, self._first, self._done, self._total, self._what = monotonic(), done, done, total, what
        self._last_line = -SECONDS_BETWEEN_LINES

    def advance(self, result: str) -> None:
        """Count one epoch, whose `result` is shown beside it."""
        self._done += 1
        self._bar.set_postfix_str(result, refresh=False)
        self._bar.update()
        now = monotonic()
        due = now - self._last_line >= SECONDS_BETWEEN_LINES or self._done == self._total
        if not self._terminal and due:
            self._last_line = now
            seconds = (now - self._started) / (self._done - self._first) * (self._total - self._done)
            eta = tqdm.format_interval(seconds)
            line = f"{self._what}: epoch {self._done}/{self._total}, {result}, ETA {eta}"
            print(line, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Leave the bar as it is and go to the next line."""
        self._bar.close()
