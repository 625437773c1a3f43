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
from curvewise.errors import DataError

KINDS = ("number", "category", "boolean", "date", "ignored")
"""What a column can be said to be."""

MARKERS = ("", "?", "na", "n/a", "#n/a", "<na>", "nan", "nat", "null", "none", "missing", "-", "--", ".")
"""Words, in any case, that stand for a missing value in a column."""
TARGET_MARKERS = ("", "?", "na", "n/a", "#n/a", "<na>", "nan", "nat", "null")
"""The same in the target, where ``none`` or ``-`` may well be a class."""
_WORDS_SHARE = 0.1
"""A column of strings with at most this share of words among numbers is taken for a damaged number column."""
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
        if kind not in KINDS:
            raise DataError(f"Column {name!r} is said to be {kind!r}. {nearest(kind, KINDS)}")
    columns = [
        _typed_column(table, series, overrides.get(series.name)) for series in table.frame.iter_columns()
    ]
    return replace(table, frame=pl.DataFrame(columns))


def as_text(series: pl.Series, markers: tuple[str, ...] = MARKERS) -> pl.Series:
    """Values as strings in one canonical form, missing ones null: ``3``, ``3.0`` and ``"3.0"`` are all ``3``."""
    if series.dtype == pl.Boolean:
        return series.cast(pl.String)
    if series.dtype.is_float():
        series = series.fill_nan(None)
    texts = series.cast(pl.String).str.strip_chars()
    texts = texts.str.replace(r"^([+-]?\d+)\.0+$", "$1")
    return _without(texts, markers)


def as_numbers(table: Table, series: pl.Series) -> pl.Series:
    """Values as Float64, missing ones null. Raises DataError on the first word or infinite value."""
    if series.dtype == pl.String:
        texts = _without(series.str.strip_chars(), MARKERS)
        numbers = texts.cast(pl.Float64, strict=False)
        _refuse_words(table, series.name, texts, numbers)
    elif series.dtype.is_temporal():
        raise DataError(
            f"Column {series.name!r} of {table.source} holds dates or times where numbers are needed. "
            "Convert it to numbers."
        )
    else:
        numbers = series.cast(pl.Float64)
    return _finite(table, numbers)


def as_dates(table: Table, series: pl.Series) -> pl.Series:
    """Values as Datetime in microseconds, missing ones null. Raises DataError on the first that is no date."""
    if series.dtype.is_temporal():
        return _plain_dates(series)
    texts = _without(series.cast(pl.String).str.strip_chars(), MARKERS)
    dates = _dates(texts)
    wrong = texts.is_not_null() & dates.is_null()
    row = wrong.arg_max() if wrong.any() else None
    if row is not None:
        raise DataError(
            f"{texts[row]!r} is not a date ({table.where(row, series.name)}). Write dates as 2024-01-31, or set the "
            f'column\'s kind to "category" or "ignored".'
        )
    return dates


def _typed_column(table: Table, series: pl.Series, kind: str | None) -> pl.Series:
    markers = TARGET_MARKERS if series.name == table.target else MARKERS
    if kind == "ignored":
        return series
    if kind == "category":
        return as_text(_plain(table, series), markers)
    if kind == "number":
        return as_numbers(table, _plain(table, series))
    if kind == "date":
        return as_dates(table, series)
    if kind == "boolean":
        return as_text(_plain(table, series), markers)
    if series.dtype == pl.String:
        return _guess(table, series, markers)
    return _plain(table, series)


def _guess(table: Table, series: pl.Series, markers: tuple[str, ...]) -> pl.Series:
    texts = _without(series.str.strip_chars(), markers)
    present = len(texts) - texts.null_count()
    numbers = texts.cast(pl.Float64, strict=False)
    words = numbers.null_count() - texts.null_count()
    if words == 0:
        whole = texts.cast(pl.Int64, strict=False)
        return whole if whole.null_count() == texts.null_count() and present else _finite(table, numbers)
    if words <= max(_WORDS_SHARE * present, 1 if present >= 4 else 0):
        _refuse_words(table, series.name, texts, numbers)
    if series.name != table.target:
        if texts.drop_nulls().str.to_lowercase().is_in(["true", "false"]).all():
            return texts.str.to_lowercase() == "true"
        dates = _dates(texts)
        if dates.null_count() == texts.null_count():
            return dates
    return as_text(texts, markers)


def _refuse_words(table: Table, name: str, texts: pl.Series, numbers: pl.Series) -> None:
    wrong = texts.is_not_null() & numbers.is_null()
    row = wrong.arg_max() if wrong.any() else None
    if row is None:
        return
    raise DataError(
        f"{texts[row]!r} is not a number ({table.where(row, name)}), but "
        f"{len(texts) - texts.null_count() - int(wrong.sum())} other values of the column are. Correct it, leave it "
        f'empty if it is missing, or set the column\'s kind to "category" or "ignored".'
    )


def _finite(table: Table, numbers: pl.Series) -> pl.Series:
    infinite = numbers.is_infinite().fill_null(False)
    row = infinite.arg_max() if infinite.any() else None
    if row is not None:
        raise DataError(
            f"An infinite value ({table.where(row, numbers.name)}). "
            "Leave it empty if it is missing, or write the largest number that makes sense."
        )
    return numbers.fill_nan(None)


def _plain(table: Table, series: pl.Series) -> pl.Series:
    """One of the few types that the rest of the package knows."""
    dtype = series.dtype
    if dtype in (pl.Boolean, pl.String):
        return series
    if dtype.is_integer():
        narrow = series.cast(pl.Int64, strict=False)
        return narrow if narrow.null_count() == series.null_count() else series.cast(pl.Float64)
    if dtype.is_numeric() or dtype == pl.Null:
        return _finite(table, series.cast(pl.Float64))
    if dtype in (pl.Categorical, pl.Enum):
        return as_text(series)
    if dtype == pl.Duration:
        return series.dt.total_microseconds().cast(pl.Float64) / 1e6
    if dtype == pl.Time:
        return series.cast(pl.Int64).cast(pl.Float64) / 1e9  # seconds since midnight
    if dtype in (pl.Date, pl.Datetime):
        return _plain_dates(series)
    raise DataError(
        f"Column {series.name!r} of {table.source} holds values of type {dtype}, which is not supported. "
        'Turn it into numbers, strings or dates, or set its kind to "ignored".'
    )


def _plain_dates(series: pl.Series) -> pl.Series:
    if isinstance(series.dtype, pl.Datetime) and series.dtype.time_zone is not None:
        series = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return series.cast(pl.Datetime("us"))


def _dates(texts: pl.Series) -> pl.Series:
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


def _without(texts: pl.Series, markers: tuple[str, ...]) -> pl.Series:
    missing = texts.str.to_lowercase().is_in(markers).fill_null(False)
    return texts.set(missing, None)
