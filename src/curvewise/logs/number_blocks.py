"""Many lines of plain numbers at once, in compiled code."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FEW = 64
"""Lines below which it does not pay."""
PLAIN = b"0123456789+-.eE"
"""What a line may hold beside separators. Words and spaces are left to be read cell by cell."""
STAND_IN = 9e307
"""Stands for an empty cell while the others are read; no log holds it."""


def matrix(
    lines: Sequence[str], separator: str | None, width: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]] | None:
    """The numbers (lines, width) and where there are any; None where a cell is neither a number nor empty."""
    if separator is None or separator in PLAIN.decode() or len(lines) < FEW:
        return None
    if {line.count(separator) for line in lines} != {width - 1}:
        return None
    text = separator.join(lines)
    if not text.isascii() or text.encode().translate(None, PLAIN + separator.encode()):
        return None
    stand_in = f"{separator}{STAND_IN}{separator}"
    text = f"{separator}{text}{separator}"
    text = text.replace(2 * separator, stand_in).replace(2 * separator, stand_in)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", DeprecationWarning)  # what older numpy says of text like "1-2"
            values = np.fromstring(text[1:-1], dtype=np.float64, sep=separator)
    except (ValueError, DeprecationWarning):
        return None
    if len(values) != len(lines) * width:
        return None
    table = values.reshape(len(lines), width)
    present = table != STAND_IN
    table[~present] = np.nan
    return table, present
