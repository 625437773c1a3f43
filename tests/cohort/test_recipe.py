from __future__ import annotations

import pytest

from curvewise.cohort.recipe import recipe
from curvewise.errors import EngineError
from tests.cohort.problems import CLASSIFICATION, recipe_for, split_of, trial_of


@pytest.mark.parametrize(
    ("rows", "minibatch", "normalisation", "units", "steps"),
    [
        (32, 8, "none", (4,), 4),
        (33, 8, "none", (4,), 5),
        (33, 8, "batch", (4,), 4),  # a single row has no variance
        (34, 8, "batch", (4,), 5),
        (33, 8, "batch", (), 5),  # nothing is normalised
        (5, 1, "layer", (4,), 5),
    ],
)
def test_steps_of_an_epoch(rows, minibatch, normalisation, units, steps):
    plan = recipe_for(CLASSIFICATION, minibatch=minibatch, normalisation=normalisation, units=units)
    assert plan.steps(rows) == steps


def test_a_configuration_is_resolved_for_the_rows():
    configuration = trial_of(0, layers=3, units=10, first_ratio=1.5, minibatch=500).configuration
    resolved = recipe(configuration, 7, split_of(rows=(120, 10)))
    assert resolved.shape.units == (15, 10, 10)
    assert resolved.minibatch == 120
    assert resolved.horizon == 7
    assert resolved.loss == "cross_entropy"


def test_batch_normalisation_of_single_rows_is_refused():
    configuration = trial_of(0, normalisation="batch", minibatch=1).configuration
    with pytest.raises(EngineError, match="raise minibatch to 2"):
        recipe(configuration, 7, split_of(rows=(120, 10)))
