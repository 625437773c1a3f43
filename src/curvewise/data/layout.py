"""Where the records of a delimited text file begin, and whether each has as many values as names.

polars reads fast but fills short rows silently and does not say which line is at fault. This scan
answers both in a few passes over the bytes; only a file that looks unusual is read again, record by
record, by Python's csv module, whose verdict counts.
"""

from __future__ import annotations

import csv
import io

import numpy as np
from numpy.typing import NDArray

from curvewise.errors import DataError

_NEWLINE, _QUOTE = 10, 34


def quick_lines(text: bytes, delimiter: str, width: int) -> NDArray[np.int64] | None:
    """The line, from 1, at which each row below the names starts; None where one may lack ``width`` values.

    ``text`` has ``\\n`` at its line ends. Doubled and paired quotes are seen through; others give None.
    """
    codes = np.frombuffer(text if text.endswith(b"\n") else text + b"\n", dtype=np.uint8)
    outside = ~np.bitwise_xor.accumulate(codes == _QUOTE)  # doubled quotes cancel out
    all_ends = np.flatnonzero(codes == _NEWLINE)
    is_end = outside[all_ends]
    ends = all_ends[is_end]  # of each record
    marks = np.flatnonzero((codes == ord(delimiter)) & outside)
    values = np.diff(np.searchsorted(marks, ends), prepend=0) + 1
    lengths = np.diff(ends, prepend=-1) - 1
    if not (outside[-1] and (values == width).all() and (lengths[1:] > 0).all()):
        return None
    lines = 1 + np.flatnonzero(is_end)  # the line at which each record ends ...
    return np.asarray(lines[:-1] + 1, dtype=np.int64)  # ... so the next one starts below it


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


def exact_rows(
    text: str, delimiter: str, width: int, source: str, delimiter_name: str
) -> tuple[list[list[str]], NDArray[np.int64]]:
    """Every row below the names, blank lines left out, and the line at which each starts.

    Raises DataError naming the first that does not have ``width`` values.
    """
    found = [(cells, line) for cells, line in records(text, delimiter, source)[1:] if cells]
    for cells, line in found:
        if len(cells) != width:
            fault = "too many" if len(cells) > width else "too few"
            raise DataError(
                f"Line {line} of {source} has {len(cells)} values, {fault}: line 1 names {width} columns "
                f"(separated by {delimiter_name}s). Correct that line, or quote values that hold a "
                f"{delimiter_name}."
            )
    return [cells for cells, _ in found], np.array([line for _, line in found], dtype=np.int64)
