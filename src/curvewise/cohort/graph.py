"""Which networks one call could train: those of one graph, of equal sizes, on the same examples."""

from __future__ import annotations

from collections.abc import Hashable

import msgspec

from curvewise.cohort.forks import FREE
from curvewise.cohort.recipe import Recipe
from curvewise.data.examples import Split


def graph_of(recipe: Recipe, split: Split) -> Hashable:
    """Equal where one call could train both: shapes but for ``FREE``, minibatch, loss and examples are.

    Schedule-Free steps and scores by other rules than all other optimizers do.
    """
    fields = msgspec.structs.asdict(recipe.shape).items()
    shape = tuple((name, value) for name, value in fields if name not in FREE)
    averages = recipe.optimizer == "schedule_free"
    examples = (id(split.train), id(split.valid))
    return type(recipe.shape), shape, recipe.minibatch, recipe.loss, averages, examples
