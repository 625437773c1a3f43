"""Numbers as logs write them: one by one, or many lines of them in compiled code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress

import msgspec
import numpy as np
from numpy.typing import NDArray

from curvewise.logs.recording import Column, column_of

ABSENT = {"", "na", "n/a", "none", "null", "-", "--", "<na>", "nil"}
"""Cells that hold no value. ``nan`` is a value: a loss that is not a number any more."""
_NUMBER = re.compile(r"[^\d+-]{0,40}([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(%?)[^\d]{0,40}\Z")
_CLOCK = re.compile(r"\d+(:\d+)+(\.\d+)?\Z")
FEW = 64
"""Lines of plain numbers from which it pays to read them together."""
PLAIN = b"0123456789+-.eE"
"""What such lines may hold beside separators. Words and spaces are left to be read cell by cell."""
NAN, INFINITE, EMPTY = "9e99", "9e98", "9e97"
"""Stand for ``nan``, ``inf`` and nothing while numbers are read; no log holds them."""
_NUMBERS = msgspec.json.Decoder(list[float])


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
    with suppress(msgspec.MsgspecError):  # as JSON where they all are, which takes half as long
        values = np.array(_NUMBERS.decode(f"[{','.join(cells)}]"), np.float64)
        if len(values) == len(cells):
            return values, np.ones(len(values), np.bool_)
    try:
        return np.fromiter(map(float, cells), np.float64, len(cells)), np.ones(len(cells), np.bool_)
    except ValueError:
        return column_of([number(cell, decimal_comma) if cell else None for cell in cells])


def matrix(
    text: str, separator: str | None, width: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]] | None:
    """The numbers (lines, width) of a text and where there are any; None where it has to be read by cells.

    It has to where a cell is neither a number as JSON has it, nor ``nan``, nor ``inf``, nor empty.
    """
    count = text.count("\n") + 1
    if separator is None or separator in PLAIN.decode() or count < FEW or not text.isascii():
        return None
    odd = "n" in text or "N" in text
    if odd:
        text = text.replace("nan", NAN).replace("NaN", NAN).replace("inf", INFINITE)
    data = text.encode()
    if data.translate(None, PLAIN) + b"\n" != (separator * (width - 1) + "\n").encode() * count:
        return None
    data = b"," + data.translate(bytes.maketrans(f"{separator}\n".encode(), b",,")) + b","
    some_empty = b",," in data
    if some_empty:
        empty = f",{EMPTY},".encode()
        data = data.replace(b",,", empty).replace(b",,", empty)
    try:
        table = np.array(_NUMBERS.decode(b"[%b]" % data[1:-1]), np.float64).reshape(count, width)
    except msgspec.MsgspecError:
        return None
    present = table != float(EMPTY) if some_empty else np.ones(table.shape, np.bool_)
    if odd or some_empty:
        table[~present | (np.abs(table) == float(NAN))] = np.nan
        infinite = np.abs(table) == float(INFINITE)
        table[infinite] = np.copysign(np.inf, table[infinite])
    return table, present
