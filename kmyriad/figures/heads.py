"""How the heads of a policy are named and coloured, without loading what draws figures."""

import matplotlib
import numpy as np


def heads_label(number: int) -> str:
    """Return "1 head", "10 heads"."""
    return "1 head" if number == 1 else f"{number} heads"


def head_colours(heads: int) -> np.ndarray:
    """Return a colour for each head of a policy, the same in every picture, [heads, 3] in 0..1."""
    if heads <= 10:
        return np.array(matplotlib.colormaps["tab10"](range(heads)))[:, :3]
    return np.array(matplotlib.colormaps["turbo"](np.linspace(0, 1, heads + 2)[1:-1]))[:, :3]
