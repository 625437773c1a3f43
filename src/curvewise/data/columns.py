"""What each column is taken to be, and why.

Booleans, strings and dates are what they look like. Whole numbers stay numbers however few distinct
values they have, as codes often carry an order; say ``category`` where they do not. Ignored are
columns without any difference, strings of which nearly every one is different (names, identifiers,
free text), and whole numbers that merely count the rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curvewise.data.table import Table
from curvewise.errors import DataError

Kind = Literal["number", "category", "boolean", "date", "ignored"]

RARE = 3
"""A category seen in fewer training rows than this is not learnt by itself."""


@dataclass(frozen=True)
class Column:
    """One column but the target, and the kind it is taken to be."""

    name: str
    kind: Kind
    reason: str = ""
    """Why it is ignored; empty otherwise."""


def infer(
    table: Table, overrides: Mapping[str, str], rows: NDArray[np.int64] | None = None
) -> tuple[Column, ...]:
    """The kind of every column but the target, in order, by the values in ``rows`` (default: all).

    ``table`` comes from ``curvewise.data.typed``; ``overrides`` maps names to kinds. Raises DataError
    where an override does not fit the values.
    """
    frame = table.frame if rows is None else table.frame[rows]
    positions = np.arange(table.frame.height) if rows is None else rows
    return tuple(
        _column(series, overrides.get(series.name), positions, table)
        for series in frame.iter_columns()
        if series.name != table.target
    )


def _column(series: pl.Series, override: str | None, positions: NDArray[np.int64], table: Table) -> Column:
    name = series.name
    if override == "ignored":
        return Column(name, "ignored", "as asked for")
    distinct = series.n_unique()
    if series.null_count() == len(series):
        return Column(name, "ignored", "it holds no values")
    if distinct == 1:
        return Column(name, "ignored", f"it is constant ({series[0]})")
    if override == "boolean":
        if distinct - (series.null_count() > 0) > 2:
            raise DataError(
                f"Column {name!r} of {table.source} is said to be boolean but has {distinct} distinct values. "
                'Say "category" or "number".'
            )
        return Column(name, "boolean")
    if series.dtype == pl.Boolean:
        return Column(name, "boolean")
    if series.dtype == pl.Datetime:
        return Column(name, "date")
    if series.dtype == pl.String:
        return _strings(series, override)
    if override is None and _counts_rows(series, positions):
        return Column(name, "ignored", "it only counts the rows")
    return Column(name, "number")


def _strings(series: pl.Series, override: str | None) -> Column:
    counts = series.drop_nulls().value_counts()["count"]
    if int((counts >= RARE).sum()) == 0 and override is None and len(counts) > 2:
        return Column(
            series.name,
            "ignored",
            f"its strings are nearly all different ({len(counts)}), as identifiers are",
        )
    return Column(series.name, "category")


def _counts_rows(series: pl.Series, positions: NDArray[np.int64]) -> bool:
    """True for 0, 1, 2 ... or 1, 2, 3 ... in the order of the table, as row numbers and saved indexes are."""
    if series.dtype != pl.Int64 or series.null_count() or len(series) < 3:
        return False
    offsets = series.to_numpy() - positions
    return bool((offsets == offsets[0]).all()) and offsets[0] in (0, 1)
