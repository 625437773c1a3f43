"""What a table must have before anything can be learnt from it."""

from __future__ import annotations

from typing import cast

import polars as pl

from curvewise.data.examples import Task
from curvewise.data.table import Table, nearest
from curvewise.data.task import TASKS
from curvewise.errors import DataError

FEWEST_ROWS = 10
"""For a regression: 6 rows to train, 2 to validate, 2 to test."""

LARGEST = 1e150
"""Of a regression's target: the sum of squares of any number of rows stays finite."""


def check_task(task: str | None) -> Task | None:
    """The task as asked for; raises DataError where there is none of that name for a table."""
    if task is not None and task not in TASKS:
        raise DataError(f"There is no task {task!r}. {nearest(task, TASKS)}")
    return cast("Task | None", task)


def check_classes(target: pl.Series, table: Table) -> None:
    """Raises DataError on one class only, and on fewer rows than 3 for each class on average."""
    classes = target.n_unique()
    if classes < 2:
        raise DataError(
            f"The target {target.name!r} of {table.source} has one class only ({target[0]!r}): there is "
            "nothing to tell apart. Choose another target with --target, or give rows of other classes."
        )
    if len(target) < 3 * classes:
        raise DataError(
            f"{table.source} has {len(target)} rows with a target for {classes} classes of {target.name!r}; "
            f"at least {3 * classes} are needed (3 for each class). Give more rows"
            + (", or say --task regression." if target.dtype.is_numeric() else ", or join rare classes.")
        )


def check_numbers(target: pl.Series, table: Table) -> None:
    """Raises DataError on a constant target, on numbers too large to square, and on fewer than 10 rows."""
    if len(target) < FEWEST_ROWS:
        raise DataError(
            f"{table.source} has {len(target)} rows with a target; a regression needs at least {FEWEST_ROWS}."
        )
    if target.n_unique() < 2:
        raise DataError(
            f"The target {target.name!r} of {table.source} is constant ({target[0]}): there is nothing to "
            "predict. Choose another target with --target."
        )
    sizes = target.abs()
    if sizes.max() > LARGEST:  # type: ignore[operator]
        row = int(sizes.arg_max() or 0)
        raise DataError(
            f"{target[row]:g} is too large to predict ({table.where(row, target.name)}): squared, as a "
            "regression does, it is no finite number. Give the target in another unit, or its logarithm."
        )
