from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from curvewise.cohort.scores import score


def test_classes_are_scored_by_cross_entropy_and_the_share_misclassified():
    outputs = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32) * 30
    targets = np.random.default_rng(1).integers(0, 4, 50)
    loss, error = score(outputs, targets, "classification", 1.0)
    expected = functional.cross_entropy(torch.tensor(outputs).double(), torch.tensor(targets)).item()
    assert loss == pytest.approx(expected, rel=1e-12)
    assert error == (outputs.argmax(1) != targets).sum() / 50


def test_numbers_are_scored_by_squared_error_and_rmse_in_their_unit():
    outputs = np.array([[1.0], [2.0]], dtype=np.float32)
    targets = np.array([[0.0], [4.0]], dtype=np.float32)
    assert score(outputs, targets, "regression", 10.0) == pytest.approx((2.5, 10 * 2.5**0.5))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_an_output_that_is_not_finite_has_infinite_loss_and_error(bad):
    outputs = np.array([[0.0, 1.0], [bad, 0.0]], dtype=np.float32)
    assert score(outputs, np.array([1, 1]), "classification", 1.0) == (np.inf, np.inf)
