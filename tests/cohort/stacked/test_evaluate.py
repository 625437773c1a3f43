"""What stacked slots put out is what the specification does, however it is cut into pieces."""

from __future__ import annotations

import numpy as np
import pytest

from curvewise.cohort.families.network import network_of
from curvewise.cohort.inference import infer
from curvewise.cohort.stacked import evaluate
from curvewise.cohort.stacked.slot import StackedSlot
from curvewise.cohort.stacked.training import train_together
from tests.cohort.stacked.test_neighbours import PROBLEMS


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("piece", [1, 1000, 1 << 21])
def test_outputs_are_those_of_the_specification(monkeypatch, problem, piece):
    split, recipe = PROBLEMS[problem]
    slot = StackedSlot(0, recipe, split, 3)
    slot.train_epoch()
    monkeypatch.setattr(evaluate, "PIECE", piece)
    expected = infer(network_of(recipe.shape, slot.weights()), split.valid)
    found = slot.outputs(split.valid)
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    if split.valid.steps is not None:  # beyond a sequence's own steps outputs mean nothing
        counted = np.arange(found.shape[1]) < split.valid.steps[:, None]
        found, expected = found[counted], expected[counted]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_scores_do_not_depend_on_the_pieces(monkeypatch, problem):
    split, recipe = PROBLEMS[problem]
    losses = []
    for piece in (1, 1 << 21):
        monkeypatch.setattr(evaluate, "PIECE", piece)
        slots = [StackedSlot(number, recipe, split, number) for number in range(3)]
        losses.append([point.valid_loss for point in train_together(slots)])
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
