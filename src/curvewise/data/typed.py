"""From values as read to values with a type: numbers, booleans, dates, strings.

Strings that all parse as numbers are numbers (whole ones stay whole: a target written ``3`` may be
a class, one written ``3.0`` is measured); strings that all parse as dates are dates; ``true`` and
``false`` are booleans; other strings are categories. What an override names is taken as it says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from curvewise.data.table import Table, nearest
from curvewise.data.values import (
    MARKERS,
    TARGET_MARKERS,
    as_dates,
    as_numbers,
    as_text,
    finite,
    parse_dates,
    plain_dates,
    refuse_words,
    without,
)
from curvewise.errors import DataError

KINDS = ("number", "category", "boolean", "date", "ignored")
"""What a column can be said to be."""

_WORDS_SHARE = 0.1
"""A column of strings with at most this share of words among numbers is taken for a damaged number column."""


def typed(table: Table, overrides: Mapping[str, str]) -> Table:
    """The same table with types: Int64, Float64, Boolean, Datetime or String in every column.

    ``overrides`` maps column names to ``KINDS``. Raises DataError where a column or kind does not
    exist, and where a value does not fit its column, with file, line and column.
    """
    for name, kind in overrides.items():
        if name not in table.frame.columns:
            raise DataError(
                f"There is no column {name!r} in {table.source}, but its kind is set to {kind!r}. "
                f"{nearest(name, table.frame.columns)}"
            )
        if name == table.target and kind == "ignored":
            raise DataError(
                f"Column {name!r} is the target, so it cannot be ignored. Choose another with --target."
            )
        if kind not in KINDS:
            raise DataError(f"Column {name!r} is said to be {kind!r}. {nearest(kind, KINDS)}")
    columns = [
        _typed_column(table, series, overrides.get(series.name)) for series in table.frame.iter_columns()
    ]
    return replace(table, frame=pl.DataFrame(columns))


def _typed_column(table: Table, series: pl.Series, kind: str | None) -> pl.Series:
    markers = TARGET_MARKERS if series.name == table.target else MARKERS
    match kind:
        case "ignored":
            typed_column = series
        case "category" | "boolean":
            typed_column = as_text(_plain(table, series), markers)
        case "number":
            typed_column = as_numbers(table, _plain(table, series))
        case "date":
            typed_column = as_dates(table, series)
        case _:
            text = series.dtype == pl.String
            typed_column = _guess(table, series, markers) if text else _plain(table, series)
    return typed_column


def _guess(table: Table, series: pl.Series, markers: tuple[str, ...]) -> pl.Series:
    texts = without(series.str.strip_chars(), markers)
    present = len(texts) - texts.null_count()
    numbers = texts.cast(pl.Float64, strict=False)
    words = numbers.null_count() - texts.null_count()
    if words == 0:
        whole = texts.cast(pl.Int64, strict=False)
        return whole if whole.null_count() == texts.null_count() and present else finite(table, numbers)
    if words <= max(_WORDS_SHARE * present, 1 if present >= 4 else 0):
        refuse_words(table, series.name, texts, numbers)
    if series.name != table.target:
        if texts.drop_nulls().str.to_lowercase().is_in(["true", "false"]).all():
            return texts.str.to_lowercase() == "true"
        dates = parse_dates(texts)
        if dates.null_count() == texts.null_count():
            return dates
    return as_text(texts, markers)


def _plain(table: Table, series: pl.Series) -> pl.Series:
    """One of the few types that the rest of the package knows; raises DataError where there is none."""
    dtype = series.dtype
    if dtype in (pl.Date, pl.Datetime):
        return plain_dates(series)
    if dtype in (pl.Boolean, pl.String):
        return series
    if dtype.is_integer():
        narrow = series.cast(pl.Int64, strict=False)
        return narrow if narrow.null_count() == series.null_count() else series.cast(pl.Float64)
    if dtype.is_numeric() or dtype == pl.Null:
        return finite(table, series.cast(pl.Float64))
    if dtype in (pl.Categorical, pl.Enum):
        return as_text(series)
    if dtype in (pl.Duration, pl.Time):  # seconds, of the time since midnight
        return series.cast(pl.Duration("us")).dt.total_microseconds().cast(pl.Float64) / 1e6
    raise DataError(
        f"Column {series.name!r} of {table.source} holds values of type {dtype}, which is not supported. "
        'Turn it into numbers, strings or dates, or set its kind to "ignored".'
    )
