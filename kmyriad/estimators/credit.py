"""The on-policy gradient of the entropy, as one number for each action: no autograd through the estimator."""

import math

import torch
from torch import Tensor

from kmyriad.estimators.entropy import ball_log_volumes, entropy_of_log_volumes, neighbourhoods
from kmyriad.estimators.neighbours import knn


def particle_credit(points: Tensor, k: int, backend: str = "auto") -> Tensor:
    """Return the factor of grad log pi(a_t | s_t) in the gradient of the entropy; see `entropy_and_credit`.

    Shapes: points [T, m, d] -> [T, m], in nats, in the points' dtype.

    Raises:
        ValueError: as `entropy_and_credit`.
    """
    return entropy_and_credit(points, k, backend)[1]


def entropy_and_credit(points: Tensor, k: int, backend: str = "auto") -> tuple[Tensor, Tensor]:
    """Return the entropy of a batch of trajectories and the factor each action has in its gradient.

    Particle (t, i), the state that action a_t of environment i reached, has the importance weight
    w = exp(sum_{u <= t} log pi/beta), normalised over all N = T m particles. On policy all weights are equal,
    W_j = k/N, and the derivative of eq. 4 by each of the k weights in W_j is c_j = -(log(W_j / V_j) + 1) / k.
    With C the sum of c_j over the neighbourhoods that a particle is in, the gradient of the entropy is
    sum_{u,i} f_{u,i} grad log pi(a_u | s_u) with f_{u,i} = sum_{t >= u} (C_{t,i} - mean C) / N; the mean
    comes from the normalisation. Mutti et al. 2021, "Task-agnostic exploration via policy gradient of a
    non-parametric state entropy estimate" (MEPOL).

    Shapes: points [T, m, d] -> entropy (scalar, eq. 1) and f [T, m], both in nats and in the points' dtype,
    summed in float64. The same points give the same bytes.

    Raises:
        ValueError: if the points are not [T, m, d]; also as `knn_entropy` for the T m particles.
    """
    if points.ndim != 3:
        raise ValueError(f"points must have the shape [T, m, d], got {list(points.shape)}; stack one batch per time step")
    steps, environments, dimensions = points.shape
    distances, indices = knn(points.flatten(0, 1), k, backend)
    log_volumes = ball_log_volumes(distances[:, -1], dimensions)
    count = len(log_volumes)
    each = -(math.log(k / count) - log_volumes + 1) / k
    received = _received(each, neighbourhoods(indices)).view(steps, environments)
    credit = _later((received - received.mean()) / count)
    return entropy_of_log_volumes(log_volumes, k).to(points.dtype), credit.to(points.dtype)


def entropy_and_log_volumes(points: Tensor, k: int, backend: str = "auto") -> tuple[Tensor, Tensor]:
    """Return the entropy, and what earns each particle its own log volume instead of its exact share of the gradient.

    The factor is f_{u,i} = sum_{t >= u} (log V_{t,i} - mean log V) / N, V being the ball up to the k-th neighbour: the
    reward of a novelty bonus such as RE3's (Seo et al. 2021), which correlates with the exact credit.

    Shapes and errors as for `entropy_and_credit`.
    """
    distances, _ = knn(points.flatten(0, 1), k, backend)
    log_volumes = ball_log_volumes(distances[:, -1], points.shape[2])
    own = ((log_volumes - log_volumes.mean()) / len(log_volumes)).view(points.shape[:2])
    return entropy_of_log_volumes(log_volumes, k).to(points.dtype), _later(own).to(points.dtype)


def _later(own: Tensor) -> Tensor:
    """Return the sum over each step and all later ones, [T, m] -> [T, m]."""
    return own.flip(0).cumsum(0).flip(0)


def _received(given: Tensor, receivers: Tensor) -> Tensor:
    """Return the sum of given[j] over all j whose receivers[j] include i, for each i: [N], [N, k] -> [N].

    On the CPU whatever the device, since a GPU adds atomically, in an order that changes from run to run.
    """
    shares = given.cpu()[:, None].expand(receivers.shape).flatten()
    totals = torch.bincount(receivers.cpu().flatten(), weights=shares, minlength=len(given))
    return totals.to(given.device)
