"""Many lines of plain numbers at once, in compiled code."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

FEW = 64
"""Lines below which it does not pay."""
PLAIN = b"0123456789+-.eE"
"""What a line may hold beside separators. Words and spaces are left to be read cell by cell."""
NAN, INFINITE = "9e99", "9e98"
"""Stand for ``nan`` and ``inf`` while numbers are read; no log holds them."""
_NUMBERS = msgspec.json.Decoder(list[float | None])


def matrix(
    lines: Sequence[str], separator: str | None, width: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]] | None:
    """The numbers (lines, width) and where there are any; None where the lines have to be read by cells.

    They have to where a cell is neither a number as JSON has it, nor ``nan``, nor ``inf``, nor empty.
    """
    if separator is None or separator in PLAIN.decode() or len(lines) < FEW:
        return None
    text = "\n".join(lines)
    if not text.isascii():
        return None
    odd = "n" in text
    if odd:
        text = text.replace("nan", NAN).replace("NaN", NAN).replace("inf", INFINITE)
    structure = text.encode().translate(None, PLAIN) + b"\n"
    if structure != (separator * (width - 1) + "\n").encode() * len(lines):
        return None
    text = f"{separator}{text.replace(chr(10), separator)}{separator}"
    null = f"{separator}null{separator}"
    text = text.replace(2 * separator, null).replace(2 * separator, null)[1:-1]
    try:
        found = _NUMBERS.decode(f"[{text if separator == ',' else text.replace(separator, ',')}]")
    except msgspec.MsgspecError:
        return None
    table = np.array(found, np.float64).reshape(len(lines), width)
    present = ~np.isnan(table)
    if odd:
        table[np.abs(table) == float(NAN)] = np.nan
        infinite = np.abs(table) == float(INFINITE)
        table[infinite] = np.copysign(np.inf, table[infinite])
    return table, present
