"""Requests to stop: SIGTERM, SIGINT and SIGUSR1 let the epoch end and the state be saved first."""

import signal
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)


class StopRequest:
    """Truthy once one of SIGNALS has come; `name` is the signal's."""

    def __init__(self) -> None:
        self.name: str | None = None
        for number in SIGNALS:
            signal.signal(number, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.name = signal.Signals(number).name

    def __bool__(self) -> bool:
        return self.name is not None
