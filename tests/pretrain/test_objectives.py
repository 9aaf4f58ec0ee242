"""Objectives by name, or from a module of one's own."""

import pytest
import torch

from kmyriad.estimators import entropy_and_credit, knn_entropy
from kmyriad.pretrain.objectives import load_objective


def test_entropy_is_the_papers_objective() -> None:
    particles = torch.randn(6, 5, 2, generator=torch.Generator().manual_seed(0))
    value, factor = load_objective("entropy")(particles, 3)
    assert load_objective("entropy") is entropy_and_credit
    torch.testing.assert_close(value, knn_entropy(particles.flatten(0, 1), 3))
    assert factor.shape == (6, 5)


def test_one_of_ones_own_is_imported_from_where_it_lives() -> None:
    assert load_objective("torch.linalg:norm") is torch.linalg.norm


def test_an_unknown_name() -> None:
    choices = "entropy, log-volume, own-log-volume, finite-trials"
    with pytest.raises(ValueError, match=rf"^unknown objective 'entopy'; did you mean 'entropy'\? \(choices: {choices}\)$"):
        load_objective("entopy")


def test_an_unknown_module_or_function() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        load_objective("no_such_module:objective")
    with pytest.raises(AttributeError, match="no_such_function"):
        load_objective("torch.linalg:no_such_function")
