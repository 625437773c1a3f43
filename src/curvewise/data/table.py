"""A table as it was read: named columns, and where each row came from."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from curvewise.data.splits import Rows

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, eq=False)
class Table:
    """Named columns of equal length; the target is one of them."""

    frame: pl.DataFrame
    """Values as read: text files give strings, which ``curvewise.data.typed`` turns into types."""
    target: str | None
    source: str
    """What the user called it: a bundled name, a path, or the kind of object given."""
    notes: tuple[str, ...] = ()
    """What the user should know of the reading."""
    lines: NDArray[np.int64] | None = None
    """(rows,) line of the text file at which each row starts, from 1; None where there are no lines."""
    given: Mapping[str, Rows] | None = None
    """Which rows the data set aside themselves, see ``sets``; None: the split is ours to draw."""

    def where(self, row: int, column: str | None = None) -> str:
        """Name a row, from 0, as a person would look it up: ``column 'age', line 7 of people.csv``."""
        place = f"row {row + 1}" if self.lines is None else f"line {self.lines[row]}"
        cell = "" if column is None else f"column {column!r}, "
        return f"{cell}{place} of {self.source}"

    def fingerprint(self) -> str:
        """SHA-256 over the columns' names, types and values, in order, as hexadecimal digits."""
        digest = hashlib.sha256()
        for series in self.frame.iter_columns():
            head = f"{len(series.name)}:{series.name}|{series.dtype}|{len(series)}|"
            digest.update(head.encode())
            digest.update(series.is_null().to_numpy().tobytes() if series.null_count() else b"whole")
            for part in _parts(series):
                digest.update(part)
        return digest.hexdigest()


def _parts(series: pl.Series) -> Iterable[bytes]:
    import polars as pl

    physical = series.to_physical()
    wide = physical.dtype in (pl.Int128, pl.UInt128)  # decimals too; NumPy has no such type
    if not wide and (series.dtype.is_numeric() or series.dtype.is_temporal() or series.dtype == pl.Boolean):
        yield (physical.fill_null(strategy="zero") if series.null_count() else physical).to_numpy().tobytes()
        return
    if series.dtype != pl.String:
        series = pl.Series(["" if value is None else str(value) for value in series], dtype=pl.String)
    yield series.str.len_bytes().fill_null(0).cast(pl.Int64).to_numpy().tobytes()
    yield str(series.str.join("").item()).encode()


def nearest(name: str, names: Iterable[str]) -> str:
    """A sentence that helps whoever misspelt ``name``: the nearest of ``names``, or the first ten of them."""
    known = list(names)
    folded = {other.lower(): other for other in reversed(known)}
    close = difflib.get_close_matches(name.lower(), folded, n=3, cutoff=0.6)
    if close:
        return "Did you mean " + " or ".join(repr(folded[match]) for match in close) + "?"
    more = f" and {len(known) - 10} more" if len(known) > 10 else ""
    return "There are: " + ", ".join(known[:10]) + more + "."
