"""Classification or regression: what the target's values say."""

from __future__ import annotations

import polars as pl

from curvewise.data.examples import Task
from curvewise.data.table import Table
from curvewise.data.values import TARGET_MARKERS, as_numbers, as_text
from curvewise.errors import DataError

TASKS = ("classification", "regression")
MOST_CLASSES = 30
"""Whole numbers with more distinct values than this are taken for measurements (letters need 26)."""
SPARSE_CLASSES = 5
"""Up to this many distinct whole numbers are classes however far apart they are: 10, 200, 3000."""


def infer_task(target: pl.Series) -> tuple[Task, str]:
    """The task and the reason for it, one sentence; ``target`` is typed and has no missing values.

    Strings and booleans: classification. Numbers with two distinct values: classification. Numbers
    written with a decimal point: regression. Whole numbers: classification where they are few (at
    most 5; at most 30 where they span at most twice their count) and met at least 3 times each on
    average; else regression.
    """
    distinct = target.n_unique()
    if target.dtype in (pl.String, pl.Boolean):
        return "classification", f"its values are words ({distinct} classes)"
    if target.dtype == pl.Datetime:
        raise DataError(
            f"The target {target.name!r} holds dates. Turn them into numbers, such as days until then."
        )
    if distinct <= 2:
        return "classification", "it has two distinct values"
    if target.dtype.is_float():
        return "regression", f"its values are written with a decimal point ({distinct} distinct)"
    low, high = int(target.min()), int(target.max())  # type: ignore[arg-type]
    dense = distinct <= MOST_CLASSES and high - low + 1 <= 2 * distinct
    if (dense or distinct <= SPARSE_CLASSES) and len(target) >= 3 * distinct:
        return "classification", f"its values are {distinct} whole numbers" + " close together" * dense
    return "regression", f"its values are {distinct} whole numbers from {low} to {high}"


def target_values(table: Table, task: str) -> pl.Series:
    """The target as classes (as they are) or as numbers. Raises DataError where it cannot be that."""
    target = table.frame[str(table.target)]
    if task == "classification":
        return target
    if target.dtype == pl.String:
        word = as_text(target, TARGET_MARKERS)
        row = int(word.is_not_null().arg_max() or 0)
        raise DataError(
            f"A regression needs numbers, but {word[row]!r} is not one ({table.where(row, target.name)}). "
            "Choose another target with --target, or --task classification."
        )
    return as_numbers(table, target)
