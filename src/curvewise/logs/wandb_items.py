"""Items of W&B's history and configuration: a name, in parts, and a value as JSON or as a number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from curvewise.logs.byte_rows import by_length, byte_rows
from curvewise.logs.json_values import loaded
from curvewise.logs.protobuf import BYTES, EIGHT, VARINT, double, fields, signed, text
from curvewise.logs.protobuf_columns import Integers, Parts, varints
from curvewise.logs.recording import Column, column_of

KEY, NESTED_KEY, INTEGER, NUMBER, VALUE_JSON = 1, 2, 5, 6, 16
"""Fields of an item."""
LEVELS = 8
"""Parts of a name that are read."""
ALIKE = 64
"""Names of one length that are told apart at once."""
LONGEST = 32
"""Characters of a number that is read with others."""
_NUMBERS = msgspec.json.Decoder(list[float])


def item(data: bytes, start: int, end: int) -> tuple[str, object]:
    """The name and the value of an item; numbers as floats."""
    key: list[str] = []
    found: object = None
    for number, kind, at, until in fields(data, start, end):
        if number in (KEY, NESTED_KEY) and kind == BYTES and until > at and len(key) < LEVELS:
            key.append(text(data, at, until))
        elif number == INTEGER and kind == VARINT:
            found = float(signed(at))
        elif number == NUMBER and kind == EIGHT:
            found = double(data, at)
        elif number == VALUE_JSON and kind == BYTES:
            try:
                found = float(data[at:until])
            except ValueError:
                found = loaded(text(data, at, until))
    return "/".join(key), found


@dataclass(frozen=True)
class Items:
    """K items of the usual form: the short parts of a name, then a value as JSON, and nothing else."""

    row: Integers
    """In which row each is."""
    start: Integers
    named: Integers
    """Where the name, from ``start`` on, ends."""
    value: Integers
    """Where the value begins."""
    stop: Integers


def usual(data: NDArray[np.uint8], told: Parts) -> tuple[Items, Integers]:
    """The items of the usual form in their order, and in which messages there are others."""
    at = told.start.copy()
    within = np.arange(len(at))
    for _ in range(LEVELS):
        key = data[at[within]]
        within = within[(key == KEY << 3 | BYTES) | (key == NESTED_KEY << 3 | BYTES)]
        if not len(within):
            break
        length = data[at[within] + 1]
        after = at[within] + 2 + length
        stop = told.stop[within]
        at[within] = np.where((length < 128) & (after < stop), after, stop)
    number, after = varints(data, at)
    length, value = varints(data, after)
    good = (number == VALUE_JSON << 3 | BYTES) & (at > told.start) & (length > 0)
    good &= value + length == told.stop
    items = Items(*(each[good] for each in (told.message, told.start, at, value, told.stop)))
    return items, told.message[~good]


def by_content(data: bytes, starts: Integers, stops: Integers) -> Iterator[tuple[bytes | None, Integers]]:
    """Pieces that have the same content: what it is, and which they are.

    None stands for those that are left over where there are very many contents.
    """
    for length, group in by_length(stops - starts):
        left, pieces = group, byte_rows(data, starts[group], length)
        for _ in range(ALIKE):
            same = (pieces == pieces[0]).all(axis=1)
            yield pieces[0].tobytes(), left[same]
            left, pieces = left[~same], pieces[~same]
            if not len(left):
                break
        else:
            yield None, left


def numbers(data: bytes, starts: Integers, stops: Integers) -> Column:
    """The numbers (K,) that values as JSON say, and which of them say one in the usual way."""
    found, usual = np.full(len(starts), np.nan), np.zeros(len(starts), np.bool_)
    for length, index in by_length(stops - starts):
        if length > LONGEST:
            break
        cells = byte_rows(data, starts[index], length + 1)
        cells[:, length] = ord(",")
        values = _decoded(cells)
        if values is None:
            found[index], usual[index] = column_of([_number(cell.tobytes()) for cell in cells[:, :length]])
        else:
            found[index], usual[index] = values, True
    return found, usual


def _decoded(cells: NDArray[np.uint8]) -> list[float] | None:
    """The numbers of cells that end in commas; a cell cannot hold none, so as many as there are cells."""
    try:
        values = _NUMBERS.decode(b"[" + cells.tobytes()[:-1] + b"]")
    except msgspec.MsgspecError:
        return None
    return values if len(values) == len(cells) else None


def _number(cell: bytes) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None
