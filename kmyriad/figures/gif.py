"""Pictures as a GIF: one palette, the speed of the simulation."""

from pathlib import Path

import numpy as np
from PIL import Image

from kmyriad.figures.film import INK
from kmyriad.figures.heads import head_colours

_HOLD = 150  # hundredths of a second that the last picture stays
_SAMPLES = 8


def write_gif(pictures: list[Image.Image], heads: int, path: Path, rate: float) -> None:
    """Write `pictures` of `heads` ants as an endless GIF, `rate` a second; the last one stays a little longer."""
    # One palette for all and no dithering: what stands still keeps its colours to the bit, and costs nothing.
    palette = _palette(pictures, heads)
    first, *others = (picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures)
    # A GIF counts in hundredths of a second: rounded so that no error adds up.
    ends = np.round(100 * np.arange(len(pictures)) / rate).astype(int)
    durations = [10 * int(hundredths) for hundredths in (*np.diff(ends), _HOLD)]
    first.save(path, format="GIF", save_all=True, append_images=others, duration=durations, loop=0, optimize=False)


def _palette(pictures: list[Image.Image], heads: int) -> Image.Image:
    """Return a picture with the palette for `pictures`: the commonest colours, and shades of each head's, rare as they are."""
    light = np.linspace(0.45, 1.1, min(4, 200 // heads))
    shades = np.clip(255 * head_colours(heads)[:, None] * light[:, None], 0, 255).astype(int).reshape(-1, 3)
    chosen = [pictures[i] for i in np.linspace(0, len(pictures) - 1, _SAMPLES).round().astype(int)]
    number = max(24, 64 - len(shades))
    common = Image.fromarray(np.concatenate([np.asarray(picture) for picture in chosen])).quantize(number).getpalette()
    palette = Image.new("P", (1, 1))
    palette.putpalette([*(common or [])[: 3 * number], *shades.ravel().tolist(), *INK])
    return palette
