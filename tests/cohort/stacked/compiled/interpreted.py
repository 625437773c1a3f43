"""The step that is compiled, run as it is written: a program without a compiler."""

from __future__ import annotations

from curvewise.cohort.stacked.compiled.step import step_of
from curvewise.cohort.stacked.slot import StackedSlot
from curvewise.cohort.stacked.training import train_together
from tests.cohort.stacked.tiles import assert_equal, slots_of


class Interpreted:
    """Stands for ``Builds``."""

    def __init__(self):
        self.calls = 0

    def program(self, structure):
        step = step_of(structure)

        def call(tensors):
            self.calls += 1
            return step(*tensors)

        return call

    kept = program


def stacked_slots(split, recipes, builds):
    return [StackedSlot(number, recipe, split, 11 + number, builds) for number, recipe in enumerate(recipes)]


def assert_course(split, recipes, builds, theirs, *, epochs=2, tolerance=1e-5):
    """Slots trained by programs of ``builds`` go the way of slots of the kind ``theirs``."""
    ours, expected = stacked_slots(split, recipes, builds), slots_of(theirs, split, recipes)
    rows = (split.train.rows, split.valid.rows)
    for _ in range(epochs):
        for point, slot in zip(train_together(ours), expected, strict=True):
            assert_equal(point, slot.train_epoch(), tolerance=tolerance, rows=rows)
    return ours
