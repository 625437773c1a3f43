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

_KINDS: dict[object, Kind] = {pl.Boolean: "boolean", pl.Datetime: "date", pl.String: "category"}

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
    reason = "as asked for" if override == "ignored" else _no_use(series, override is None, positions)
    if reason:
        return Column(name, "ignored", reason)
    distinct = series.drop_nulls().n_unique()
    if override == "boolean" and distinct > 2:
        raise DataError(
            f"Column {name!r} of {table.source} is said to be boolean but has {distinct} distinct values. "
            "Say category or number."
        )
    return Column(
        name, "boolean" if override == "boolean" else _KINDS.get(series.dtype.base_type(), "number")
    )


def _no_use(series: pl.Series, inferred: bool, positions: NDArray[np.int64]) -> str:
    """Why nothing can be learnt from the column, empty where something can; overrides defy the last two."""
    if series.null_count() == len(series):
        return "no values"
    if series.n_unique() == 1:
        return f"always {series[0]}"
    if inferred and series.dtype.is_numeric() and _counts_rows(series, positions):
        return "only counts the rows"
    if inferred and series.dtype == pl.String:
        counts = series.drop_nulls().value_counts()["count"]
        if len(counts) > 2 and not (counts >= RARE).any():
            return f"nearly every string is different, {len(counts)} in all"
    return ""


def _counts_rows(series: pl.Series, positions: NDArray[np.int64]) -> bool:
    """True for 0, 1, 2 ... or 1, 2, 3 ... in the order of the table, as row numbers and saved indexes are."""
    if series.null_count() or len(series) < 3:
        return False
    offsets = series.to_numpy() - positions
    return bool((offsets == offsets[0]).all()) and offsets[0] in (0, 1)
