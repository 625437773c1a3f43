"""One frozen record for each kind of column: what training rows taught, and how rows are encoded by it."""

from __future__ import annotations

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from curvewise.data.scale import Encoding, Floats, Scale
from curvewise.data.table import Table
from curvewise.data.values import as_array, as_dates, as_text

_DAY = 86_400e6
"""Microseconds."""


class NumberColumn(msgspec.Struct, frozen=True, tag="number"):
    """A column of numbers: scaled (1 column) or in pieces (T columns), then its missing flag if any."""

    name: str
    scale: Scale
    flagged: bool
    """Whether training rows lacked values, so that a column 0 / 1 says where."""

    def encode(self, table: Table, series: pl.Series, encoding: Encoding) -> Floats:
        """(N, 1 or T, + 1 if flagged). Raises DataError on a value that is no number."""
        values = as_array(table, series)
        return _flag(self.scale.encoded(values, encoding), np.isnan(values), self.flagged)


class DateColumn(msgspec.Struct, frozen=True, tag="date"):
    """A column of dates: days since 1970 (scaled like a number), then sine and cosine of its place in
    the year, in the week and, where training rows have times, in the day; then its missing flag.

    The circular parts of a missing date are 0.
    """

    name: str
    scale: Scale
    flagged: bool
    times: bool
    """Whether training rows hold times of day other than midnight."""

    def encode(self, table: Table, series: pl.Series, encoding: Encoding) -> Floats:
        """(N, 5 or 7, one of them T wide in pieces, + 1 if flagged). Raises DataError on what is no date."""
        dates = as_dates(table, series)
        days = date_days(dates)
        turns = [
            (dates.dt.ordinal_day().cast(pl.Float64) - 1.0) / 365.25,
            (days + 3.0) / 7.0,
        ]  # 1970-01-01: Thursday
        if self.times:
            turns.append(days)
        parts = [self.scale.encoded(days, encoding)]
        for turn in turns:
            angle = 2.0 * np.pi * np.asarray(turn, dtype=np.float64)[:, None]
            parts += [np.nan_to_num(np.sin(angle)), np.nan_to_num(np.cos(angle))]
        return _flag(np.hstack(parts), np.isnan(days), self.flagged)


class CategoryColumn(msgspec.Struct, frozen=True, tag="category"):
    """A column of categories or booleans, one-hot or embedded, then its missing flag if any.

    Values that are no level (unseen, too rare in training, missing) are all zeros, or code 0.
    """

    name: str
    levels: tuple[str, ...]
    embedded: bool
    flagged: bool

    @property
    def cardinality(self) -> int:
        """Codes: the levels' and code 0."""
        return len(self.levels) + 1

    def codes(self, series: pl.Series) -> NDArray[np.int32]:
        """(N,) 1 ... len(levels) by level, 0 for what is none."""
        if not self.levels:
            return np.zeros(len(series), dtype=np.int32)
        texts = as_text(series)
        if set(self.levels) <= {"true", "false"}:
            texts = texts.str.to_lowercase()
        codes = texts.replace_strict(
            list(self.levels), range(1, self.cardinality), default=0, return_dtype=pl.Int32
        )
        return codes.fill_null(0).to_numpy()

    def encode(self, table: Table, series: pl.Series, encoding: Encoding) -> Floats:
        """One-hot (N, levels), or (N, 1) with -1 and 1 for exactly two; (N, 0) where embedded."""
        codes = self.codes(series)
        if self.embedded:
            encoded = np.zeros((len(codes), 0))
        elif len(self.levels) == 2:
            encoded = np.array([0.0, -1.0, 1.0])[codes][:, None]
        else:
            encoded = np.eye(self.cardinality)[codes][:, 1:]
        missing = as_text(series).is_null().to_numpy() if self.flagged else np.zeros(0, dtype=bool)
        return _flag(encoded, missing, self.flagged)


AnyColumn = NumberColumn | DateColumn | CategoryColumn


def date_days(dates: pl.Series) -> Floats:
    """Days since 1970-01-01 with their fraction, NaN where missing: (N,)."""
    days: Floats = (dates.to_physical().cast(pl.Float64) / _DAY).fill_null(float("nan")).to_numpy()
    return days


def _flag(encoded: Floats, missing: NDArray[np.bool_], flagged: bool) -> Floats:
    return np.hstack([encoded, missing[:, None].astype(np.float64)]) if flagged else encoded
