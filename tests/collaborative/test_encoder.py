"""InfoNCE by hand, and what encoders do with it."""

import math

import pytest
import torch

from kmyriad.collaborative import info_nce
from kmyriad.collaborative.intrinsic.encoder import make_encoder
from kmyriad.collaborative.streams import Streams
from kmyriad.collaborative.tasks.pool import Space
from kmyriad.settings.collaborative.arm import CollaborativeSettings


def test_orthogonal_pairs() -> None:
    # Cosines 1 and 0 over 0.5: -log(e^2 / (e^2 + 1)) = log(1 + e^-2) = 0.126928.
    pairs = torch.eye(2, dtype=torch.float64) * torch.tensor([[2.0], [5.0]])
    assert float(info_nce(pairs, pairs, 0.5)) == pytest.approx(0.126928, abs=1e-6)
    assert float(info_nce(pairs, pairs.flip(0), 0.5)) == pytest.approx(2 + 0.126928, abs=1e-6)


def test_embeddings_that_are_all_equal() -> None:
    assert float(info_nce(torch.ones(8, 3), torch.ones(8, 3), 0.07)) == pytest.approx(math.log(8))


def test_negatives_are_the_others_positives() -> None:
    # Anchor 1 sees positives at cosines 1 and -1, anchor 2 at 0 and 0: (log(1 + e^-2) + log 2) / 2 with tau = 1.
    anchors = torch.tensor([[1.0, 0.0], [0.0, 1.0]], dtype=torch.float64)
    positives = torch.tensor([[1.0, 0.0], [-1.0, 0.0]], dtype=torch.float64)
    assert float(info_nce(anchors, positives, 1.0)) == pytest.approx((math.log(1 + math.exp(-2)) + math.log(2)) / 2)


def test_seeds_side_by_side() -> None:
    anchors, positives = torch.randn(2, 3, 6, 4, generator=torch.Generator().manual_seed(0)).unbind()
    each = torch.stack([info_nce(*pair, 0.1) for pair in zip(anchors, positives, strict=True)])
    torch.testing.assert_close(info_nce(anchors, positives, 0.1), each)


def test_the_gradient_is_that_of_the_loss() -> None:
    pairs = torch.randn(2, 3, 5, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64).requires_grad_()
    torch.autograd.gradcheck(lambda both: info_nce(both[0], both[1], 0.3), pairs)
    units = torch.nn.functional.normalize(pairs, dim=-1)
    plain = torch.nn.functional.cross_entropy((units[0] @ units[1].mT / 0.3).flatten(0, 1), torch.arange(5).repeat(3))
    torch.testing.assert_close(info_nce(pairs[0], pairs[1], 0.3).mean(), plain)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: info_nce(torch.ones(2, 3), torch.ones(3, 3), 0.1), r"must both be \[B, D\], got \[2, 3\] and \[3, 3\]"),
        (lambda: info_nce(torch.ones(2, 3), torch.ones(2, 3), 0.0), "temperature = 0.0 must be above 0"),
    ],
)
def test_errors_are_one_line(call, message: str) -> None:
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert "\n" not in str(error.value)


def encoder(kind: str, seeds: tuple[int, ...] = (0, 1)):
    reward = {"encoder": kind, "encoder_widths": (16, 8), "learning_rate": 1e-2}
    return make_encoder(Space(3, 1), CollaborativeSettings.model_validate({"reward": reward}), Streams(seeds))


def test_a_contrastive_encoder_learns_what_belongs_together() -> None:
    generator, learner = torch.Generator().manual_seed(0), encoder("contrastive")
    losses = []
    for _ in range(60):
        anchors = torch.randn(2, 32, 3, generator=generator)
        positives = anchors + 0.01 * torch.randn(2, 32, 3, generator=generator)
        losses.append(learner.learn(anchors, positives))
    assert learner.learns
    assert (losses[-1] < 0.5 * losses[0]).all()


def test_a_seed_learns_the_same_whatever_is_beside_it() -> None:
    states = torch.randn(2, 8, 3, generator=torch.Generator().manual_seed(0))
    both, alone = encoder("contrastive"), encoder("contrastive", (1,))
    for _ in range(3):
        both.learn(states, states + 0.1)
        alone.learn(states[1:], states[1:] + 0.1)
    torch.testing.assert_close(both.embed(states)[1:], alone.embed(states[1:]))


def test_the_other_encoders_do_not_learn() -> None:
    states = torch.randn(2, 8, 3)
    assert torch.equal(encoder("identity").embed(states), states)
    assert encoder("random").embed(states).shape == (2, 8, 8)
    for kind in ("identity", "random"):
        assert not encoder(kind).learns
        with pytest.raises(NotImplementedError, match="does not learn"):
            encoder(kind).learn(states, states)
