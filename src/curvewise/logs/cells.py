"""Numbers as logs write them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from curvewise.logs.recording import Column, column_of

ABSENT = {"", "na", "n/a", "none", "null", "-", "--", "<na>", "nil"}
"""Cells that hold no value. ``nan`` is a value: a loss that is not a number any more."""
_NUMBER = re.compile(r"[^\d+-]{0,40}([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(%?)[^\d]{0,40}\Z")
_CLOCK = re.compile(r"\d+(:\d+)+(\.\d+)?\Z")


def number(cell: str, decimal_comma: bool = False) -> float | None:
    """A cell's number; None where it has none. ``87%`` is 87, ``tensor(0.5)`` 0.5, ``1:30`` none."""
    try:
        return float(cell)
    except ValueError:
        pass
    text = cell.strip().strip("\"'")
    if text.lower() in ABSENT or len(text) > 100:
        return None
    if decimal_comma:
        text = text.replace(",", ".")
    try:
        return float(text)
    except ValueError:
        found = None if _CLOCK.match(text) else _NUMBER.match(text)
        return float(found.group(1)) if found else None


def numbers(cells: Sequence[str], decimal_comma: bool = False) -> Column:
    """Numbers (N,) of a column's cells, and where there are any (N,)."""
    try:
        values = np.array(list(map(float, cells)), np.float64)
        return values, np.ones(len(values), np.bool_)
    except ValueError:
        return column_of([number(cell, decimal_comma) if cell else None for cell in cells])
