"""Rows of W&B's history, column by column: an item for each value, in any order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curvewise.logs import wandb_items
from curvewise.logs.alike import Alike, record
from curvewise.logs.json_values import flat, numbers
from curvewise.logs.protobuf import BYTES, fields
from curvewise.logs.protobuf_columns import Integers, Parts, parts
from curvewise.logs.recording import Column, Recording

ITEM = 1
"""The field of a row that holds an item."""
COUNTED = "_step"
"""Counts calls of ``log``; a step that the training loop logs is preferred."""
_FLAT = np.isin(np.arange(256), list(b'"[-0123456789NItfn'))
"""What a value as JSON may begin with in which nothing is nested that has a name."""


class History:
    """Rows that wait to be recorded."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._cells: dict[str, list[tuple[Integers | int, NDArray[np.float64] | float]]] = {}
        """By name: in which rows there are values, and which."""

    def row(self, row: int, data: bytes, start: int, end: int) -> None:
        """Add the row at ``data[start:end]``, field by field."""
        for number, kind, at, until in fields(data, start, end):
            if number == ITEM and kind == BYTES:
                name, value = wandb_items.item(data, at, until)
                for inner, each in numbers(flat({name: value})).items():
                    self._add(inner, row, each)

    def rows(self, data: bytes, told: Parts) -> Integers:
        """Add the rows that parts of N messages hold, all together, numbered by their messages.

        Items of the usual form are read here. The rows that have others are not added, but returned: they
        have to be read by ``row``.
        """
        array = np.frombuffer(data, np.uint8)
        within, odd = parts(array, told.start, told.stop)
        within = within.of(within.number == ITEM)
        items, unusual = wandb_items.usual(array, within)
        odd[unusual] = True
        of_name: dict[str, list[Integers]] = {}
        for key, index in wandb_items.by_content(data, items.start, items.named):
            name = "" if key is None else wandb_items.item(key, 0, len(key))[0]
            if key is not None and self._wanted(name):
                of_name.setdefault(name, []).append(index)
            else:
                odd[items.row[index[(key is None) | ~_FLAT[array[items.value[index]]]]]] = True
        columns = {name: np.sort(np.concatenate(index)) for name, index in of_name.items()}
        wanted = np.concatenate([np.zeros(0, np.int64), *columns.values()])
        values, good = wandb_items.numbers(data, items.value[wanted], items.stop[wanted])
        odd[items.row[wanted[~good]]] = True
        begin = 0
        for name, index in columns.items():
            row = items.row[index]
            kept = ~odd[row]
            self._add(name, told.message[row[kept]], values[begin : begin + len(index)][kept])
            begin += len(index)
        return told.message[odd]

    def _wanted(self, name: str) -> bool:
        return name == COUNTED or self._recording.kind(name) != "nothing"

    def _add(self, name: str, row: Integers | int, value: NDArray[np.float64] | float) -> None:
        if self._wanted(name):
            self._cells.setdefault(name, []).append((row, value))

    def record(self, count: int) -> None:
        """Record what waits: ``count`` rows."""
        counted, _ = self._column(COUNTED, count)
        found = [name for name in self._cells if name != COUNTED]
        steps = np.full(count, np.nan)
        for name in found:
            if self._recording.kind(name) == "step":
                steps = np.fmax(steps, self._column(name, count)[0])
        unknown = np.flatnonzero(np.isnan(steps) & ~np.isnan(counted))
        self._cells.setdefault("step", []).append((unknown, counted[unknown]))
        names = dict.fromkeys((*found, "step"))
        record(
            self._recording,
            [Alike(np.arange(count), names, lambda name: self._column(name, count))],
            numbered=False,
        )
        self._cells.clear()

    def _column(self, name: str, count: int) -> Column:
        values, present = np.full(count, np.nan), np.zeros(count, np.bool_)
        for row, told in self._cells.get(name, ()):
            values[row], present[row] = told, True
        return values, present
