"""Where the records of a delimited text file begin, and whether each has as many values as names.

polars reads fast but fills short rows silently and does not say which line is at fault. This scan
answers both in a few passes over the bytes; only a file that looks unusual is read again, record by
record, by Python's csv module, whose verdict counts.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curvewise.errors import DataError

_NEWLINE, _QUOTE = 10, 34


@dataclass(frozen=True, eq=False)
class Layout:
    """The lines of a file's rows, its first line (the names) left out."""

    lines: NDArray[np.int64]
    """(rows,) line at which each row starts, from 1."""
    rows: list[list[str]] | None
    """The values of each row where the csv module had to read them; None where polars can."""


def layout(text: bytes, delimiter: str, width: int, source: str, delimiter_name: str) -> Layout:
    """Check that every row of ``text`` has ``width`` values; raises DataError naming the first without."""
    codes = np.frombuffer(text if text.endswith(b"\n") else text + b"\n", dtype=np.uint8)
    outside = ~np.bitwise_xor.accumulate(codes == _QUOTE)  # doubled quotes cancel out
    all_ends = np.flatnonzero(codes == _NEWLINE)
    is_end = outside[all_ends]
    ends = all_ends[is_end]  # of each record
    marks = np.flatnonzero((codes == ord(delimiter)) & outside)
    values = np.diff(np.searchsorted(marks, ends), prepend=0) + 1
    lengths = np.diff(ends, prepend=-1) - 1
    regular = bool(outside[-1]) and bool((values == width).all()) and bool((lengths[1:] > 0).all())
    if not regular:
        return _exact(text.decode(), delimiter, width, source, delimiter_name)
    lines = 1 + np.flatnonzero(is_end)  # the line at which each record ends ...
    return Layout(np.asarray(lines[:-1] + 1, dtype=np.int64), None)  # ... so the next one starts below it


def records(text: str, delimiter: str, source: str) -> list[tuple[list[str], int]]:
    """Every record of ``text`` with the line where it starts, by the csv module.

    Raises DataError on quotes left open.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found: list[tuple[list[str], int]] = []
    start = 1
    try:
        for cells in reader:
            found.append((cells, start))
            start = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"The record that starts at line {start} of {source} cannot be read ({error}). "
            "Look for a double quote that is not closed or not doubled."
        ) from error
    return found


def _exact(text: str, delimiter: str, width: int, source: str, delimiter_name: str) -> Layout:
    found = [(cells, line) for cells, line in records(text, delimiter, source)[1:] if cells]
    for cells, line in found:
        if len(cells) != width:
            fault = "too many" if len(cells) > width else "too few"
            raise DataError(
                f"Line {line} of {source} has {len(cells)} values, {fault}: line 1 names {width} columns "
                f"(separated by {delimiter_name}s). Correct that line, or quote values that hold a "
                f"{delimiter_name}."
            )
    return Layout(np.array([line for _, line in found], dtype=np.int64), [cells for cells, _ in found])
