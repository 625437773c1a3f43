"""One column's values as numbers, dates or strings, missing ones null."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curvewise.data.table import Table
from curvewise.errors import DataError

MARKERS = ("", "?", "na", "n/a", "#n/a", "<na>", "nan", "nat", "null", "none", "missing", "-", "--", ".")
"""Words, in any case, that stand for a missing value in a column."""
TARGET_MARKERS = ("", "?", "na", "n/a", "#n/a", "<na>", "nan", "nat", "null")
"""The same in the target, where ``none`` or ``-`` may well be a class."""
_DATES = (
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y/%m/%d",
    "%Y/%m/%d %H:%M:%S",
    "%d.%m.%Y",
    "%d.%m.%Y %H:%M",
)
"""Formats without doubt about which is the day and which the month."""


def as_text(series: pl.Series, markers: tuple[str, ...] = MARKERS) -> pl.Series:
    """Values as strings in one form, missing ones null: ``3``, ``3.0`` and ``"3.0"`` are all ``3``."""
    if series.dtype == pl.Boolean:
        return series.cast(pl.String)
    if series.dtype.is_float():
        series = series.fill_nan(None)
    texts = series.cast(pl.String).str.strip_chars()
    texts = texts.str.replace(r"^([+-]?\d+)\.0+$", "$1")
    return without(texts, markers)


def as_numbers(table: Table, series: pl.Series) -> pl.Series:
    """Values as Float64, missing ones null. Raises DataError on the first word or infinite value."""
    if series.dtype == pl.String:
        texts = without(series.str.strip_chars(), MARKERS)
        numbers = texts.cast(pl.Float64, strict=False)
        refuse_words(table, series.name, texts, numbers)
    elif series.dtype.is_temporal():
        raise DataError(
            f"Column {series.name!r} of {table.source} holds dates or times where numbers are needed. "
            "Convert it to numbers."
        )
    else:
        numbers = series.cast(pl.Float64)
    return finite(table, numbers)


def as_array(table: Table, series: pl.Series) -> NDArray[np.float64]:
    """The same as ``as_numbers`` but as an array (N,), NaN where missing."""
    if not series.dtype.is_numeric():
        series = as_numbers(table, series)
    values: NDArray[np.float64] = series.to_numpy().astype(np.float64)
    if np.isinf(values).any():
        finite(table, series.cast(pl.Float64))
    return values


def as_dates(table: Table, series: pl.Series) -> pl.Series:
    """Values as Datetime in microseconds, missing ones null. Raises DataError on what is no date."""
    if series.dtype.is_temporal():
        return plain_dates(series)
    texts = without(series.cast(pl.String).str.strip_chars(), MARKERS)
    dates = parse_dates(texts)
    wrong = texts.is_not_null() & dates.is_null()
    row = wrong.arg_max() if wrong.any() else None
    if row is not None:
        raise DataError(
            f"{texts[row]!r} is not a date ({table.where(row, series.name)}). Write dates as 2024-01-31, "
            "or set the column's kind to category or ignored."
        )
    return dates


def refuse_words(table: Table, name: str, texts: pl.Series, numbers: pl.Series) -> None:
    """Raise DataError on the first of ``texts`` that did not become one of ``numbers``."""
    wrong = texts.is_not_null() & numbers.is_null()
    row = wrong.arg_max() if wrong.any() else None
    if row is None:
        return
    right = len(texts) - texts.null_count() - int(wrong.sum())
    others = f", but {right} other values of the column are" if right else ""
    raise DataError(
        f"{texts[row]!r} is not a number ({table.where(row, name)}){others}. "
        "Correct it, leave it empty if it is missing, or set the column's kind to category or ignored."
    )


def finite(table: Table, numbers: pl.Series) -> pl.Series:
    """The same numbers with NaN as null. Raises DataError on the first infinite one."""
    infinite = np.isinf(numbers.to_numpy())
    if infinite.any():
        raise DataError(
            f"An infinite value ({table.where(int(infinite.argmax()), numbers.name)}). "
            "Leave it empty if it is missing, or write the largest number that makes sense."
        )
    return numbers.fill_nan(None)


def plain_dates(series: pl.Series) -> pl.Series:
    """Dates or datetimes as Datetime in microseconds, without time zone (UTC)."""
    if isinstance(series.dtype, pl.Datetime) and series.dtype.time_zone is not None:
        series = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return series.cast(pl.Datetime("us"))


def parse_dates(texts: pl.Series) -> pl.Series:
    """Dates by whichever format fits the first value and most of the others; all null where none fits."""
    best = pl.Series(texts.name, [None] * len(texts), dtype=pl.Datetime("us"))
    sample = texts.drop_nulls().head(1)
    for pattern in _DATES:
        if sample.str.to_datetime(pattern, strict=False, time_unit="us").null_count():
            continue
        dates = texts.str.to_datetime(pattern, strict=False, time_unit="us")
        if dates.null_count() < best.null_count():
            best = dates
    return best


def without(texts: pl.Series, markers: tuple[str, ...]) -> pl.Series:
    """The same strings with ``markers``, in any case, as null."""
    missing = texts.str.to_lowercase().is_in(markers).fill_null(False)
    return texts.set(missing, None)
