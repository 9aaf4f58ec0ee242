"""How often something happens, and how much more often than something else, with score intervals."""

import numpy as np
from scipy.stats import norm

from kmyriad.statistics.intervals import Interval


def share_interval(found: np.ndarray, confidence: float = 0.95) -> Interval:
    """Return the share of true values in `found` [n] with Wilson's score interval (Wilson, 1927).

    With z = Phi^-1((1 + confidence) / 2): (p + z^2 / 2n +- z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n). It stays within
    [0, 1], and of none found its lower bound is 0.
    """
    number, share, z = len(found), float(found.mean()), float(norm.ppf(0.5 + confidence / 2))
    centre = share + z**2 / (2 * number)
    half = z * (share * (1 - share) / number + z**2 / (4 * number**2)) ** 0.5
    low, high = ((centre + sign * half) / (1 + z**2 / number) for sign in (-1, 1))
    return Interval(share, low if share > 0 else 0.0, high if share < 1 else 1.0)


def share_difference(first: np.ndarray, second: np.ndarray, confidence: float = 0.95) -> Interval:
    """Return share(first) - share(second) of independent samples [n], [m] with Newcombe's hybrid score interval.

    From the estimate d it reaches down by the root of the summed squares of first's way to its lower bound and second's to its
    upper one, and up the other way round (Newcombe, 1998, method 10).
    """
    (p, p_low, p_high), (q, q_low, q_high) = (share_interval(found, confidence) for found in (first, second))
    down, up = np.hypot(p - p_low, q_high - q), np.hypot(p_high - p, q - q_low)
    return Interval(p - q, float(p - q - down), float(p - q + up))
