"""DrQ, the backbone where observations are pictures (5.3, Fig. 4); see `kmyriad.settings.collaborative.arm`."""

from typing import Annotated, Literal

from pydantic import Field

from kmyriad.settings.base import Count, Settings
from kmyriad.settings.collaborative.dqn import Convolution


class DrqSettings(Settings):
    """DrQ; the paper (5.3) says no more than its name, so this is the public jaxrl2, whose settings it says it adopts.

    Widths, batch, step size, discount, temperature, clips and buffer are those of `sac`.
    """

    size: Count = Field(64, description="pixels of a frame's side (jaxrl2)")
    grey: bool = Field(False, description="frames have one channel in place of three colours: a third of memory and input (ours)")
    stack: Count = Field(3, description="frames of an observation (jaxrl2)")
    padding: Annotated[int, Field(ge=0)] = Field(4, description="most pixels of a random shift (jaxrl2), 0: none")
    convolutions: Annotated[tuple[Convolution, ...], Field(min_length=1)] = Field(
        (Convolution(32, 3, 2), Convolution(64, 3, 2), Convolution(128, 3, 2), Convolution(256, 3, 2)),
        description="channels, kernel and stride of each convolution (jaxrl2)",
    )
    latent: Count = Field(50, description="features after the convolutions, of actor and critic each its own (jaxrl2)")
    target_reduction: Literal["mean", "min"] = Field("mean", description="of the twins in the critic's target (jaxrl2)")
    refresh: Count = Field(
        100,
        description="steps of each agent between two copies of the first one's convolutions, through which the intrinsic reward "
        "sees; the memory banks' embeddings by them are kept as long (ours)",
    )

    @property
    def channels(self) -> int:
        """Of a frame."""
        return 1 if self.grey else 3
