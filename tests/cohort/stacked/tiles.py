"""Slots trained together, held to the specification and to themselves when trained alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from curvewise.cohort.recipe import Optimizer, Recipe
from curvewise.cohort.reference import ReferenceSlot
from curvewise.cohort.stacked.slot import StackedSlot
from curvewise.cohort.stacked.training import train_together
from curvewise.data.examples import Split
from curvewise.records import Point

RATES: dict[Optimizer, float] = {
    "sgd": 0.1,
    "momentum": 0.03,
    "nesterov": 0.03,
    "adagrad": 0.03,
    "rmsprop": 0.0002,
    "adam": 0.003,
    "adamw": 0.003,
    "schedule_free": 0.003,
}
"""Rates at which each optimizer learns the problems calmly, as in ``test_twins``."""
UNTIMED = ("seconds", "examples_per_second")


def slots_of(kind, split: Split, recipes: Sequence[Recipe]) -> list:
    return [kind(number, recipe, split, 11 + number) for number, recipe in enumerate(recipes)]


def assert_equal(ours: Point, theirs: Point, *, tolerance: float, rows: tuple[int, int]) -> None:
    """All that both points tell but their times; ``rows`` of training and validation."""
    for name in set(ours.__struct_fields__) - set(UNTIMED):
        found, expected = getattr(ours, name), getattr(theirs, name)
        if name in ("train_error", "valid_error"):
            # A row on the border between two classes may fall to either side
            slack = 1.01 / rows[name == "valid_error"]
            assert found == pytest.approx(expected, rel=tolerance, abs=slack), name
        elif isinstance(expected, float | tuple):
            # Where a unit sits in the bend of its activation the loss is continuous, its slope is not
            wider = 1 if name.endswith("loss") else 100
            assert found == pytest.approx(expected, rel=wider * tolerance, abs=1e-6, nan_ok=True), name
        else:
            assert found == expected, name


def assert_twins(split: Split, recipes: Sequence[Recipe], *, epochs=2, tolerance=1e-5) -> None:
    """These slots, all trained by one call, go the way of as many reference slots."""
    ours, theirs = (slots_of(kind, split, recipes) for kind in (StackedSlot, ReferenceSlot))
    assert len({slot.tile for slot in ours}) == 1
    rows = (split.train.rows, split.valid.rows)
    for _ in range(epochs):
        points = train_together(ours)
        for point, slot in zip(points, theirs, strict=True):
            assert_equal(point, slot.train_epoch(), tolerance=tolerance, rows=rows)
    for stacked, reference in zip(ours, theirs, strict=True):
        found, expected = stacked.state(), reference.state()
        for name, array in expected.items():
            if name in found:
                assert (found[name].shape, found[name].dtype) == (array.shape, array.dtype), name
            else:  # of a tensor that is not trained, torch's Adagrad keeps zeros
                assert not array.any(), name
