"""What the user is told about their data, as sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curvewise.data.columns import Column
from curvewise.data.encoders import CategoryColumn, DateColumn
from curvewise.data.preprocessing import Preprocessing
from curvewise.data.splits import Rows
from curvewise.data.targets import ClassTarget, NumberTarget

_SQUEEZED = 100.0
"""Standard deviations from the mean at which a value makes all others look alike. Ours."""
_FAR = 10.0
"""Standard deviations from the mean at which a target's extreme is worth a word."""


def task_note(task: str, reason: str, target: pl.Series) -> str:
    """Which task, why, and how to choose the other one where there is a choice."""
    other = "regression" if task == "classification" else "classification"
    choice = f" (--task {other} for the other)" if target.dtype.is_numeric() else ""
    return f"Task: {task} of {target.name!r}, {reason}{choice}."


def target_notes(target: pl.Series, preprocessing: Preprocessing, parts: Mapping[str, Rows]) -> list[str]:
    """How many rows each part has; rare classes; a target with extremes."""
    sizes = ", ".join(f"{len(rows):,} {name}" for name, rows in parts.items())
    notes = [f"Rows: {sizes}; final models are trained on the train rows only, stopped by the valid ones."]
    goal = preprocessing.target
    if isinstance(goal, ClassTarget):
        counts = target.value_counts()
        rare = counts.filter(pl.col("count") < 3)[target.name].cast(pl.String).sort()
        if len(rare):
            notes.append(f"Classes with one or two rows are only trained on, never tested: {_some(rare)}.")
    elif isinstance(goal, NumberTarget):
        far = max(goal.high - goal.mean, goal.mean - goal.low) / goal.deviation
        if far > _FAR:
            notes.append(
                f"The target has extremes {far:.0f} standard deviations from its mean, which rule an RMSE; "
                "if they do not matter to you, predict its logarithm instead."
            )
    return notes


def unseen_note(codes: NDArray[np.int64], labels: Sequence[str], parts: Mapping[str, Rows]) -> list[str]:
    """Says which classes no training row has, ``codes`` (N,) being those of all rows; empty where none."""
    trained = set(codes[parts["train"]].tolist())
    told = []
    for part in ("valid", "test"):
        unseen = codes[parts[part]]
        unseen = unseen[~np.isin(unseen, list(trained))]
        if len(unseen):
            names = _some(repr(labels[code]) for code in np.unique(unseen))
            told.append(
                f"{len(unseen):,} of {len(parts[part]):,} {part} rows have classes that no training row has "
                f"({names}): no network can get them right."
            )
    return told


def extremes_note(largest: float, what: str) -> list[str]:
    """Says that ``what`` lies ``largest`` standard deviations from the mean, where that squeezes the rest."""
    if largest <= _SQUEEZED:
        return []
    return [
        f"{what} lies {largest:,.0f} standard deviations from the mean, beside which all others look alike: "
        "if it stands for something missing, leave it out."
    ]


def column_notes(columns: Sequence[Column], preprocessing: Preprocessing) -> list[str]:
    """Which columns are ignored and why, which are filled in, embedded or taken for dates."""
    notes = []
    if any(column.kind == "ignored" for column in columns):
        notes.append(f"Ignored: {ignored(columns)}.")
    used = preprocessing.columns
    filled = [c.name for c in used if c.flagged]
    if filled:
        notes.append(
            f"Missing values in {_some(filled)}: filled in (numbers and dates by the median), "
            "with a flag column each."
        )
    embedded = [f"{c.name} ({len(c.levels)} levels)" for c in preprocessing.embedded]
    if embedded:
        notes.append(f"Embedded categories: {_some(embedded)}.")
    dates = [c.name for c in used if isinstance(c, DateColumn)]
    if dates:
        notes.append(f"Dates, split into parts: {_some(dates)}.")
    categories = sum(isinstance(c, CategoryColumn) for c in used)
    numbers = len(used) - categories - len(dates)
    kinds = f"{numbers} numbers, {categories} categories or booleans, {len(dates)} dates"
    return [f"Columns used: {len(used)} ({kinds}).", *notes]


def ignored(columns: Iterable[Column]) -> str:
    """The ignored columns, each with its reason."""
    return _some(
        [f"{column.name!r} ({column.reason})" for column in columns if column.kind == "ignored"], "; "
    )


def _some(names: Iterable[str], separator: str = ", ") -> str:
    listed = list(names)
    return separator.join(listed[:8]) + (f" and {len(listed) - 8} more" if len(listed) > 8 else "")
