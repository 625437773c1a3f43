"""The targets of sequences and images: their task, their codes, and the split that they are drawn by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from curvewise.data.checks import check_classes, check_numbers, check_task
from curvewise.data.examples import Targets, Task
from curvewise.data.fit import class_codes, class_target, number_target
from curvewise.data.remarks import task_note, unseen_note
from curvewise.data.splits import Rows, parts_of
from curvewise.data.table import Table
from curvewise.data.targets import ClassTarget, NumberTarget
from curvewise.data.task import infer_task, target_values
from curvewise.data.typed import typed
from curvewise.errors import DataError

NAME = "y"
"""What messages call the targets."""


@dataclass(frozen=True)
class Goal:
    """One target for each example."""

    task: Task
    target: ClassTarget | NumberTarget
    encoded: Targets
    """(N,) codes or (N, 1) standardised numbers."""
    parts: dict[str, Rows]
    notes: tuple[str, ...]


def goal_of(
    targets: pl.Series, source: str, task: str | None, seed: int, given: Mapping[str, Rows] | None
) -> Goal:
    """What ``targets`` (N,) ask for; the split that is not ``given`` is drawn by ``seed``.

    Raises DataError where a target is missing, and where they cannot be what ``task`` says.
    """
    table = typed(Table(pl.DataFrame({NAME: targets}), NAME, source), {})
    column = table.frame[NAME]
    missing = column.is_null()
    if missing.any():
        row = int(missing.arg_max() or 0)
        raise DataError(
            f"There is no target for row {row + 1} of {source}. Give one, or leave the row out of X and y."
        )
    asked = check_task(task)
    chosen, reason = (asked, "as asked for") if asked else infer_task(column)
    values = target_values(table, chosen)
    if chosen == "classification":
        check_classes(values, table)
        classes = class_target(values)
        codes = class_codes(values, classes)
        parts = parts_of(codes, len(codes), seed, given)
        notes = task_note(chosen, reason, values), *unseen_note(codes, classes.labels, parts)
        return Goal(chosen, classes, codes, parts, notes)
    check_numbers(values, table)
    parts = parts_of(None, len(values), seed, given)
    numbers = number_target(values, parts["train"])
    standardised = (values.cast(pl.Float64).to_numpy() - numbers.mean) / numbers.deviation
    encoded = standardised.astype(np.float32)[:, None]
    return Goal(chosen, numbers, encoded, parts, (task_note(chosen, reason, values),))


def rows_note(parts: Mapping[str, Rows]) -> str:
    """How many examples each part has."""
    sizes = ", ".join(f"{len(rows):,} {name}" for name, rows in parts.items())
    return f"Rows: {sizes}; final models are trained on the train rows only, stopped by the valid ones."
