"""Rows of W&B's history, column by column: an item for each value, in any order."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from curvewise.logs.alike import Alike, record
from curvewise.logs.json_values import flat, loaded, numbers
from curvewise.logs.protobuf import BYTES, EIGHT, VARINT, double, fields, signed, text
from curvewise.logs.recording import Column, Recording

KEY, NESTED_KEY, INTEGER, NUMBER, VALUE_JSON = 1, 2, 5, 6, 16
"""Fields of an item of history or configuration."""
COUNTED = "_step"
"""Counts calls of ``log``; a step that the training loop logs is preferred."""
ITEM = 0x0A
"""What begins an item in a row."""
JSON = b"\x82\x01"
"""What begins ``VALUE_JSON``."""
Cells = tuple[list[int], list[float]]
"""In which rows there is a value, and which."""
NOT_WANTED: Cells = ([], [])


def item(data: bytes, start: int, end: int) -> tuple[str, object]:
    """The name and the value of an item; numbers as floats."""
    key: list[str] = []
    found: object = None
    for number, kind, at, until in fields(data, start, end):
        if number in (KEY, NESTED_KEY) and kind == BYTES and until > at and len(key) < 8:
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


class History:
    """Rows that wait to be recorded."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._cells: dict[str, Cells] = {}
        self._known: dict[bytes, Cells] = {}
        """Where values go, by what stands before them in their items."""
        self._rows = 0

    def row(self, data: bytes, start: int, end: int) -> None:
        """Add the row at ``data[start:end]``.

        Items of the usual form, a short key and a short number as JSON, are read here: a million rows have
        six million of them at least. All others field by field.
        """
        known, at, place = self._known, start, self._rows
        self._rows += 1
        while at + 2 < end and data[at] == ITEM and (stop := at + 2 + data[at + 1]) <= end:
            mark = data.find(JSON, at + 2, stop)
            if data[at + 1] > 127 or not 0 <= mark < stop - 2 or data[mark + 2] != stop - mark - 3:
                break
            cells = known.get(data[at + 2 : mark])
            if cells is None:
                break
            if cells is not NOT_WANTED:
                try:
                    cells[1].append(float(data[mark + 3 : stop]))
                except ValueError:
                    break
                cells[0].append(place)
            at = stop
        for name, value in self._slowly(data, at, end):
            rows, values = self._of(name)
            rows.append(place)
            values.append(value)

    def _slowly(self, data: bytes, start: int, end: int) -> Iterator[tuple[str, float]]:
        """The numbers of a row, field by field."""
        for number, kind, at, until in fields(data, start, end):
            if number != 1 or kind != BYTES:
                continue
            name, value = item(data, at, until)
            told = numbers(flat({name: value}))
            yield from ((inner, each) for inner, each in told.items() if self._wanted(inner))
            mark = data.find(JSON, at, until)
            if mark > 0 and len(self._known) < 4096 and isinstance(value, float):
                self._known[data[at:mark]] = self._of(name) if self._wanted(name) else NOT_WANTED

    def _wanted(self, name: str) -> bool:
        return name == COUNTED or self._recording.kind(name) != "nothing"

    def _of(self, name: str) -> Cells:
        return self._cells.setdefault(name, ([], []))

    def record(self) -> None:
        """Record what waits."""
        counted, _ = self._column(COUNTED)
        found = [name for name, (rows, _) in self._cells.items() if rows and name != COUNTED]
        steps = np.full(self._rows, np.nan)
        for name in found:
            if self._recording.kind(name) == "step":
                steps = np.fmax(steps, self._column(name)[0])
        unknown = np.flatnonzero(np.isnan(steps) & ~np.isnan(counted))
        rows, values = self._of("step")
        rows += unknown.tolist()
        values += counted[unknown].tolist()
        rows_of_all = Alike(np.arange(self._rows), [*found, "step"], self._column)
        record(self._recording, [rows_of_all], numbered=False)
        for rows, values in self._cells.values():
            rows.clear()
            values.clear()
        self._rows = 0

    def _column(self, name: str) -> Column:
        rows, told = self._cells.get(name, ([], []))
        values, present = np.full(self._rows, np.nan), np.zeros(self._rows, np.bool_)
        index: NDArray[np.int64] = np.array(rows, np.int64)
        values[index], present[index] = told, True
        return values, present
