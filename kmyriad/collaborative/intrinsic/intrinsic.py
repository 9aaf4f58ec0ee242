"""What the loop asks of an intrinsic reward."""

from typing import Protocol

from torch import Tensor

from kmyriad.collaborative.replay import Batch, Visited
from kmyriad.collaborative.streams import Streams


class Intrinsic(Protocol):
    """Relabels the rewards of replayed transitions (3.2), and learns from the same batches."""

    @property
    def learns(self) -> bool:
        """Whether `learn` may be called."""

    def rewards(self, batch: Batch, replay: Visited) -> Tensor:
        """Return each agent's intrinsic rewards of the batch, [G, N, B], not yet scaled by lambda. Changes nothing."""

    def learn(self, batch: Batch, replay: Visited, streams: Streams) -> Tensor:
        """Take one step; return the losses [G]. Random numbers are those of the purpose "positives"."""

    def state_dict(self) -> dict[str, Tensor]:
        """Return all that the next step depends on."""

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state_dict` returned."""
