"""The largest state entropy that any policy reaches, with a certificate: Frank-Wolfe over the occupancy polytope.

The state distributions of mixtures of policies are the convex hull of those of deterministic policies that depend on the step
(each mixture's is also that of one stochastic policy that depends on the step). H is concave on it, so
max_pi H(d_pi) - H(d) <= max_pi <grad H(d), d_pi - d>: planning for the reward grad H(d) bounds how far d is from the best.
"""

from typing import NamedTuple

import torch

from kmyriad.gridworld.occupancy import occupancy
from kmyriad.gridworld.planning import occupancy_of, plan
from kmyriad.gridworld.smooth import bend, slope, smooth_entropy
from kmyriad.gridworld.worlds import ACTIONS, World

_HALVINGS = 40
"""Of the interval of a step's length: 40 leave 1e-12 of it."""
_HEAVY = 1e3
"""Weight of the row that holds the sum of the weights to 1 in the least squares; what it misses is divided out."""
_LONGEST = 0.999
"""A step of 1 could empty a state of which a full model has nothing, where the slope of the entropy is infinite."""
_GONE = 1e-30
"""Weight below which a policy is forgotten: ten steps without it."""


class Mixture(NamedTuple):
    """A mixture of policies and how good it is."""

    atoms: torch.Tensor
    """[k, states]: the state distribution of each policy."""
    weights: torch.Tensor
    """[k]: its weight, above 0; they sum to 1."""
    value: float
    """Entropy of the mixture, in nats."""
    gap: float
    """Bound on what it lacks to the best, in nats."""


def max_entropy(world: World, sigma: float = 0.0, tolerance: float = 1e-6, iterations: int = 1000) -> tuple[float, float]:
    """Return the largest H_sigma(d_pi) of any policy up to `gap`, and `gap`, both in nats: value <= max <= value + gap.

    sigma = 0 means the entropy. See `best_mixture` for the errors.
    """
    best = best_mixture(world, sigma, tolerance, iterations)
    return best.value, best.gap


def best_mixture(world: World, sigma: float = 0.0, tolerance: float = 1e-6, iterations: int = 1000) -> Mixture:
    """Return a mixture of policies whose H_sigma is within `tolerance` nats of the largest.

    Fully corrective Frank-Wolfe (Jaggi, 2013): each step plans for the reward grad H_sigma, adds that policy, and takes a Newton
    step in all the weights. Tens of steps reach 1e-6 nats in Room and Maze, where moving two weights at a time takes 20,000.

    Raises:
        RuntimeError: the bound is still above `tolerance` after `iterations` steps.
    """
    uniform = torch.full((len(ACTIONS), world.states), 1 / len(ACTIONS), dtype=torch.float64)
    atoms, weights = occupancy(world, uniform)[None], torch.ones(1, dtype=torch.float64)
    reachable = atoms[0] > 0  # the others add nothing to H, but their slope may be infinite
    for _ in range(iterations):
        now = weights @ atoms
        reward = torch.where(reachable, slope(now, sigma), 0.0)
        best = occupancy_of(world, plan(world, reward))
        gap = float(reward @ (best - now))
        if gap <= tolerance:
            return Mixture(atoms, weights, float(smooth_entropy(now, sigma)), gap)
        atoms, weights = torch.cat([atoms, best[None]]), torch.cat([weights, weights.new_zeros(1)])
        weights = _reweighted(atoms[:, reachable], weights, reward[reachable], sigma)
        kept = weights > _GONE
        atoms, weights = atoms[kept], weights[kept] / weights[kept].sum()
    raise RuntimeError(f"{world.name}: a bound of {gap:.1e} nats after {iterations} steps: allow more than {tolerance:.1e}")


def _reweighted(atoms: torch.Tensor, weights: torch.Tensor, reward: torch.Tensor, sigma: float) -> torch.Tensor:
    """Return better weights [k]: a step towards the best ones for the quadratic model of H_sigma at the mixture.

    The model is least squares in the weights, which are >= 0 and held to the sum 1 by one heavy row more.
    """
    from scipy.optimize import nnls  # loads scipy.spatial too, which importing the package should not

    now = weights @ atoms
    root = bend(now, sigma).sqrt()
    left = torch.cat([(atoms * root).T, torch.full((1, len(atoms)), _HEAVY, dtype=torch.float64)])
    right = torch.cat([now * root + reward / root, torch.tensor([_HEAVY], dtype=torch.float64)])
    target = torch.from_numpy(nnls(left.numpy(), right.numpy())[0])
    direction = target / target.sum() - weights
    return weights + _line_search(now, direction @ atoms, sigma) * direction


def _line_search(now: torch.Tensor, direction: torch.Tensor, sigma: float) -> float:
    """Return the step in [0, _LONGEST] along `direction` with the largest H_sigma: where its derivative changes sign."""
    low, high = 0.0, _LONGEST
    if slope(now + high * direction, sigma) @ direction >= 0:
        return high
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(now + middle * direction, sigma) @ direction > 0 else (low, middle)
    return low
