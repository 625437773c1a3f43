"""What training rows teach of the columns and the target: the one place where statistics are computed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curvewise.data.columns import RARE, Column
from curvewise.data.encoders import AnyColumn, CategoryColumn, DateColumn, NumberColumn, date_days
from curvewise.data.preprocessing import Preprocessing
from curvewise.data.scale import fit_scale
from curvewise.data.targets import ClassTarget, NumberTarget
from curvewise.data.values import as_text

MOST_ONE_HOT = 12
"""Levels up to which a category is one-hot; above it is embedded."""
_PIECES_IN_ALL = 512
_MOST_PIECES = 16


def fit_columns(train: pl.DataFrame, columns: Sequence[Column]) -> tuple[AnyColumn, ...]:
    """Encoders of the columns that are not ignored, from the typed training rows.

    Numbers and dates get clip(512 // (numbers and dates), 2, 16) pieces each.
    """
    used = [column for column in columns if column.kind != "ignored"]
    numeric = sum(column.kind in ("number", "date") for column in used)
    pieces = int(np.clip(_PIECES_IN_ALL // max(1, numeric), 2, _MOST_PIECES))
    return tuple(_fit_column(train[column.name], column.kind, pieces) for column in used)


def _fit_column(series: pl.Series, kind: str, pieces: int) -> AnyColumn:
    name = series.name
    if kind == "number":
        values = series.to_numpy().astype(np.float64)  # NaN where missing
        return NumberColumn(name, fit_scale(values, pieces), series.null_count() > 0)
    if kind == "date":
        days = date_days(series)
        times = bool((days[~np.isnan(days)] % 1.0 != 0.0).any())
        return DateColumn(name, fit_scale(days, pieces), series.null_count() > 0, times)
    return _fit_category(series)


def _fit_category(series: pl.Series) -> CategoryColumn:
    """Levels in alphabetical order; those met fewer than 3 times share code 0 with unseen and missing ones.

    An embedded column always sends at least its rarest level there, so that code 0 is trained.
    """
    texts = as_text(series)
    present = texts.drop_nulls()
    counts = dict(present.value_counts().iter_rows())
    levels = sorted(level for level, count in counts.items() if count >= RARE)
    embedded = len(levels) > MOST_ONE_HOT
    if embedded and len(levels) == len(counts):
        levels.remove(min(levels, key=lambda level: (counts[level], level)))
    return CategoryColumn(series.name, tuple(levels), embedded, texts.null_count() > 0)


def class_target(target: pl.Series) -> ClassTarget:
    """Classes of a typed target without missing values: numbers in their order, words alphabetically."""
    name = target.name
    texts = as_text(target.unique().sort(), ())
    if target.dtype == pl.Boolean:
        return ClassTarget(name, tuple(texts), "bool")
    if target.dtype.is_integer():
        return ClassTarget(name, tuple(texts), "int")
    return ClassTarget(name, tuple(texts), "float" if target.dtype.is_float() else "str")


def class_codes(target: pl.Series, classes: ClassTarget) -> NDArray[np.int64]:
    """(N,) codes 0 ... C-1 of a target without missing values."""
    codes = as_text(target, ()).replace_strict(
        list(classes.labels), range(len(classes.labels)), return_dtype=pl.Int64
    )
    return codes.to_numpy()


def number_target(target: pl.Series, train: NDArray[np.int64]) -> NumberTarget:
    """Mean, standard deviation (1.0 where it is 0) and range of the target's training rows.

    However heavy its tails, a target is only shifted and scaled: the RMSE asked for is in its own
    unit and counts its outliers; the Huber loss of the space is the remedy against them.
    """
    values = target[train].cast(pl.Float64).to_numpy()
    deviation = float(values.std())
    return NumberTarget(
        target.name,
        mean=float(values.mean()),
        deviation=deviation if deviation > 0 else 1.0,
        low=float(values.min()),
        high=float(values.max()),
    )


def fit(
    frame: pl.DataFrame,
    train: NDArray[np.int64],
    columns: Sequence[Column],
    target: ClassTarget | NumberTarget,
) -> Preprocessing:
    """All of it, from the rows ``train`` of the typed ``frame``."""
    return Preprocessing(fit_columns(frame[train], columns), target)
