"""Entropies against closed forms, arithmetic by hand, and the invariances of differential entropy."""

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor

from kmyriad.estimators import knn_entropy, weighted_knn_entropy

EULER_GAMMA = 0.5772156649015329  # -psi(1); psi(2) = 1 - gamma

# On a line at 0, 1, 3, 7 the second neighbours are 3, 2, 3 and 6 away, so V = 2 R = 6, 4, 6, 12.
LINE = torch.tensor([[0.0], [1.0], [3.0], [7.0]], dtype=torch.float64)
LINE_VOLUMES = (6, 4, 6, 12)


def gaussian(n: int, d: int, seed: int = 0) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_four_points_by_hand() -> None:
    # k/(N V) = 2/(4 V) = 1/12, 1/8, 1/12, 1/24, and H = -mean log + log 2 - psi(2)
    #         = log(12 * 8 * 12 * 24)/4 + log 2 - (1 - gamma) = 2.556827 + 0.693147 - 0.422784 = 2.827190.
    expected = math.log(12 * 8 * 12 * 24) / 4 + math.log(2) - (1 - EULER_GAMMA)
    assert expected == pytest.approx(2.827190, abs=1e-6)
    assert knn_entropy(LINE, 2).item() == pytest.approx(expected, rel=1e-14)


def test_square_by_hand() -> None:
    # Corners of the unit square, k = 1: R = 1, V = pi; H = -log(1/(4 pi)) + log 1 - psi(1) = log(4 pi) +
    # gamma.
    corners = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], dtype=torch.float64)
    assert knn_entropy(corners, 1).item() == pytest.approx(math.log(4 * math.pi) + EULER_GAMMA, rel=1e-14)


def test_tetrahedron_by_hand() -> None:
    # Alternate corners of a cube of side 2: R = sqrt(8), V = 4/3 pi 8^1.5; H = log(4 V) + gamma.
    corners = torch.tensor([[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], dtype=torch.float64)
    expected = math.log(4 * 4 / 3 * math.pi * 8**1.5) + EULER_GAMMA
    assert knn_entropy(corners, 1).item() == pytest.approx(expected, rel=1e-14)


def test_weighted_four_points_by_hand() -> None:
    # k = 2, so W sums a particle and its nearest: of 0 that is 1, of 1 it is 0, of 3 it is 1, of 7 it is 3.
    weights = torch.tensor([1 / 2, 1 / 4, 1 / 8, 1 / 8], dtype=torch.float64)
    sums = (1 / 2 + 1 / 4, 1 / 4 + 1 / 2, 1 / 8 + 1 / 4, 1 / 8 + 1 / 8)
    inner = sum(w / 2 * math.log(w / v) for w, v in zip(sums, LINE_VOLUMES, strict=True))
    expected = -inner + math.log(2) - (1 - EULER_GAMMA)
    assert weighted_knn_entropy(LINE, weights, 2).item() == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(("d", "bias"), [(1, 0.01), (2, 0.01), (3, 0.03), (6, 0.25)])
def test_gaussians(d: int, bias: float) -> None:
    # H = d/2 log(2 pi e) + log det A. The variance is (Var log p + psi'(k))/N, with Var log p = d/2 and
    # psi'(5) = 0.221, so sigma = sqrt((d/2 + 0.221)/8000) < 0.021. The density bends inside the balls, which
    # leaves a bias of order (k/N)^(2/d): 0.0006 for d = 2, 0.007 for d = 3 and 0.09 for d = 6, times a
    # constant near 3.
    mixing = torch.eye(d, dtype=torch.float64) + 0.5 * gaussian(d, d, seed=9).tril(-1)
    expected = d / 2 * math.log(2 * math.pi * math.e) + torch.logdet(mixing).item()
    sigma = math.sqrt((d / 2 + 0.221) / 8000)
    assert knn_entropy(gaussian(8000, d, seed=d) @ mixing.T, 5).item() == pytest.approx(expected, abs=4 * sigma + bias)


@pytest.mark.parametrize(("d", "a"), [(1, 3.0), (2, 0.5), (2, 40.0), (3, 2.0)])
def test_uniform_boxes(d: int, a: float) -> None:
    # H = d log a. sigma = sqrt(2 psi'(5)/8000) = 0.0074; the 2 is for neighbours, which share particles. A
    # ball that sticks out of the box is taken for larger than what it holds, by a log volume that falls from
    # log 2 on the face to 0 one radius r inside, r^d = (k/N)/V_1, staying below the straight line: 2 d faces
    # add < d r log 2.
    points = a * torch.rand(8000, d, generator=torch.Generator().manual_seed(d), dtype=torch.float64)
    unit_ball = math.pi ** (d / 2) / math.gamma(d / 2 + 1)
    edge = d * (5 / 8000 / unit_ball) ** (1 / d) * math.log(2)
    error = knn_entropy(points, 5).item() - d * math.log(a)
    assert -4 * 0.0074 < error < edge + 4 * 0.0074


def test_more_neighbours_do_not_shift_the_estimate() -> None:
    # log k - psi(k) removes the bias (0.58 nat at k = 1). sigma at k = 1: sqrt((1 + psi'(1) = 1.645)/8000) =
    # 0.018.
    points = gaussian(8000, 2)
    estimates = [knn_entropy(points, k).item() for k in (1, 2, 5, 10)]
    assert max(estimates) - min(estimates) < 4 * 0.018


grids = st.builds(
    lambda seed, n, d: torch.randint(-8, 9, (n, d), generator=torch.Generator().manual_seed(seed)).double(),
    st.integers(0, 2**31),
    st.integers(6, 40),
    st.integers(1, 10),
)
moves = st.sampled_from(
    [
        pytest.param(lambda x: x + 1024, 0, id="translation"),
        pytest.param(lambda x: x.flip(0), 0, id="permutation of particles"),
        pytest.param(lambda x: x.roll(1, 1), 0, id="permutation of features"),
        pytest.param(lambda x: -x, 0, id="reflection"),
        pytest.param(lambda x: 2.0**-9 * x, -9, id="scaling down"),
        pytest.param(lambda x: 2.0**5 * x + 3, 5, id="scaling up and translation"),
    ]
).map(lambda move: move.values)


@pytest.mark.slow(1)
@settings(deadline=None, max_examples=80, derandomize=True)
@given(points=grids, move=moves, k=st.integers(1, 5))
def test_moving_all_particles_moves_the_entropy_as_it_should(
    points: Tensor, move: tuple[Callable[[Tensor], Tensor], int], k: int
) -> None:
    # H(a X + b) = H(X) + d log a. Integers moved by powers of two are exact, so only the sums round.
    assume(len(points.unique(dim=0)) > len(points) / 2)
    transform, exponent = move
    expected = knn_entropy(points, k).item() + points.shape[1] * exponent * math.log(2)
    assert knn_entropy(transform(points), k).item() == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_volumes_that_underflow() -> None:
    # In 62 dimensions a ball of radius 1e-9 has a volume of 1e-577; H must still shift by 62 log(1e-9)
    # exactly.
    points = gaussian(300, 62)
    shift = knn_entropy(1e-9 * points, 5).item() - knn_entropy(points, 5).item()
    assert shift == pytest.approx(62 * math.log(1e-9), rel=1e-12)


def test_float32_points_agree_with_float64() -> None:
    points = gaussian(2000, 3).float()
    estimate = knn_entropy(points, 5)
    assert estimate.dtype == torch.float32
    assert estimate.shape == ()
    assert estimate.item() == pytest.approx(knn_entropy(points.double(), 5).item(), rel=1e-6)


def test_duplicates_get_the_smallest_other_distance() -> None:
    # 0, 0, 1, 3 with k = 1: R = 0, 0, 1, 2, the zeros become 1, N V = 8, 8, 8, 16; H = log(8^3 * 16)/4 +
    # gamma.
    points = torch.tensor([[0.0], [0.0], [1.0], [3.0]], dtype=torch.float64)
    assert knn_entropy(points, 1).item() == pytest.approx(math.log(8**3 * 16) / 4 + EULER_GAMMA, rel=1e-14)


@settings(deadline=None, max_examples=40, derandomize=True)
@given(points=grids, k=st.integers(1, 5))
def test_equal_weights_give_equation_one(points: Tensor, k: int) -> None:
    assume(len(points.unique(dim=0)) > len(points) / 2)
    weights = torch.full((len(points),), 1 / len(points), dtype=torch.float64)
    expected = knn_entropy(points, k).item()
    assert weighted_knn_entropy(points, weights, k).item() == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_importance_weights_recover_the_other_gaussian() -> None:
    # Particles from N(0, 1.5^2 I), weighted to stand for N(0, I): H = log(2 pi e) = 2.838 in two dimensions;
    # the particles' own entropy is 2 log 1.5 = 0.81 higher. They are worth 1/sum w^2 = 6,900 equal ones:
    # sigma 0.013.
    points = 1.5 * gaussian(10_000, 2)
    weights = torch.softmax(-points.square().sum(1) / 2 * (1 - 1.5**-2), 0)
    estimate = weighted_knn_entropy(points, weights, 5).item()
    assert estimate == pytest.approx(math.log(2 * math.pi * math.e), abs=4 * 0.013)


def test_gradient_in_the_weights_is_a_finite_difference() -> None:
    points, step = gaussian(30, 2), 1e-5
    logits = gaussian(30, 1, seed=1)[:, 0].requires_grad_()

    def entropy(of: Tensor) -> Tensor:
        return weighted_knn_entropy(points, torch.softmax(of, 0), 4)

    (gradient,) = torch.autograd.grad(entropy(logits), logits)
    for i in (0, 11, 29):
        nudge = step * torch.eye(30, dtype=torch.float64)[i]
        difference = (entropy(logits.detach() + nudge) - entropy(logits.detach() - nudge)) / (2 * step)
        assert gradient[i].item() == pytest.approx(difference.item(), rel=1e-6)


def test_a_neighbourhood_without_weight_adds_nothing() -> None:
    # Two far clusters of ten, all weight on the first: the second drops out of the sum, and its gradient is
    # finite.
    points = torch.cat([gaussian(10, 2), 1000 + gaussian(10, 2, seed=1)])
    weights = torch.tensor([0.1] * 10 + [0.0] * 10, dtype=torch.float64, requires_grad=True)
    alone = weighted_knn_entropy(points[:10], torch.full((10,), 0.1, dtype=torch.float64), 3)
    entropy = weighted_knn_entropy(points, weights, 3)
    assert entropy.item() == pytest.approx(alone.item(), rel=1e-12)
    entropy.backward()
    assert weights.grad.isfinite().all()


def test_identical_particles_are_refused() -> None:
    with pytest.raises(ValueError, match="^all k-th neighbour distances are 0: the particles are identical"):
        knn_entropy(torch.ones(10, 2), 3)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (torch.full((5,), 0.2), r"weights must have the shape \[4\], got \[5\]; give each particle one"),
        (torch.full((4, 1), 0.25), r"weights must have the shape \[4\], got \[4, 1\]"),
        (torch.ones(4), "weights must sum to 1, got 4; divide them by their sum"),
        (
            torch.tensor([1.5, 0, 0, -0.5]),
            "weights must not be negative or NaN, got -0.5; check the log ratios",
        ),
        (torch.tensor([1.0, 0, 0, torch.nan]), "weights must not be negative or NaN, got nan"),
    ],
)
def test_bad_weights_get_one_line(weights: Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        weighted_knn_entropy(LINE, weights, 2)


def test_float32_rounding_of_the_weights_is_no_error() -> None:
    weights = torch.softmax(gaussian(5000, 1)[:, 0].float(), 0)
    assert weighted_knn_entropy(gaussian(5000, 2), weights, 5).dtype == torch.float32


def test_too_few_particles() -> None:
    with pytest.raises(ValueError, match="k = 5 needs more than 5 points, got 4"):
        knn_entropy(LINE, 5)
