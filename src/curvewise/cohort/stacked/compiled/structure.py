"""What makes one compiled step differ from another; sizes do not. No torch here."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from curvewise.cohort.families.perceptron_shape import Activation, Normalisation, PerceptronShape
from curvewise.cohort.recipe import Loss, Recipe
from curvewise.data.examples import Task

COMPILED_FAMILIES = (PerceptronShape,)
"""Shapes whose steps are compiled: those of sequences take minutes (docs/architecture.md)."""
MOST_COLUMNS = 100
"""Embedded ones. Each has two of the 256 primes of ``examples``, which leaves 54 for layers."""


class Structure(msgspec.Struct, frozen=True):
    """Slots of equal structures are trained by one program, whatever their sizes and optimizers."""

    layers: int
    """Hidden ones."""
    activation: Activation
    normalisation: Normalisation
    numeric: bool
    """True where there are numeric columns."""
    columns: int
    """Embedded ones."""
    loss: Loss
    task: Task
    drops: bool
    """True where any slot has dropout."""
    noisy: bool
    """True where any slot has input noise."""
    averages: bool
    """True for Schedule-Free optimizers, whose rule is another."""

    def superset(self) -> Structure:
        """This with dropout and noise: exact of slots without, too."""
        return msgspec.structs.replace(self, drops=self.layers > 0, noisy=self.numeric)


def structure_of(recipes: Sequence[Recipe], task: Task) -> Structure | None:
    """The structure of slots of one tile; None where no step of such networks is compiled.

    Those are all but ``COMPILED_FAMILIES``, and what has more than ``MOST_COLUMNS`` embedded columns.
    """
    first = recipes[0]
    shape = first.shape
    if not isinstance(shape, COMPILED_FAMILIES) or len(shape.cardinalities) > MOST_COLUMNS:
        return None
    return Structure(
        layers=len(shape.units),
        activation=shape.activation,
        normalisation=shape.normalisation if shape.units else "none",
        numeric=shape.inputs > 0,
        columns=len(shape.cardinalities),
        loss=first.loss,
        task=task,
        drops=bool(shape.units) and any(recipe.shape.dropout > 0 for recipe in recipes),
        noisy=shape.inputs > 0 and any(recipe.input_noise > 0 for recipe in recipes),
        averages=first.optimizer == "schedule_free",
    )
