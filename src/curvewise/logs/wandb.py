"""Offline runs of Weights & Biases: ``run-ID.wandb`` (``wandb/proto/wandb_internal.proto``).

A row of the history has an item for each value, in any order: the parts of a name, and a value as JSON. The
items of many rows are found together, by the field that begins their values; rows that do not consist of such
items only, one after another, are read field by field.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from curvewise.curves.run import Run
from curvewise.logs.byte_rows import Records, by_length, byte_rows
from curvewise.logs.columns import Columns
from curvewise.logs.json_values import flat, loaded, numbers
from curvewise.logs.leveldb import MAGIC, records
from curvewise.logs.opening import Source
from curvewise.logs.protobuf import (
    BEHIND,
    BYTES,
    EIGHT,
    VARINT,
    Integers,
    MalformedMessage,
    Parts,
    double,
    fields,
    parts,
    signed,
    text,
    varints,
)
from curvewise.logs.recording import Alike, Column, Recording, column_of

HISTORY, CONFIG, RUN = 2, 5, 17
"""Fields of a record."""
ITEM, RUN_CONFIG, DISPLAY_NAME = 1, 4, 8
"""Fields of a row and of a configuration, and of a run."""
KEY, NESTED_KEY, INTEGER, NUMBER, VALUE_JSON = 1, 2, 5, 6, 16
"""Fields of an item."""
VALUE_BEGINS = (0x82, 0x01)
"""The bytes that say: a field ``VALUE_JSON`` of so many bytes."""
LEVELS = 8
"""Parts of a name that are read."""
ALIKE = 64
"""Names of one length that are told apart at once."""
LONGEST = 32
"""Characters of a number that is read with others."""
COUNTED = "_step"
"""Counts calls of ``log``; a step that the training loop logs is preferred."""
_FLAT = np.isin(np.arange(256), list(b'"[-0123456789NItfn'))
"""What a value as JSON may begin with in which nothing is nested that has a name."""
_NUMBERS = msgspec.json.Decoder(list[float])


def recognises(source: Source, head: bytes) -> bool:
    """Whether a file has W&B's first bytes."""
    return head.startswith(MAGIC)


def runs(source: Source, columns: Columns) -> Iterator[Run]:
    """The run of one file."""
    recording, name, wrong = Recording(columns), source.name, 0
    for some in records(source):
        history = History(recording, len(some.starts))
        for number in _together(some, history).tolist():
            try:
                name = _record(history, number, some.record(number)) or name
            except MalformedMessage:
                wrong += 1
        history.record()
    if wrong:
        source.damage.append(f"{wrong:,} records could not be read")
    recording.say(source.damage)
    run = recording.run(name, source.shown)
    if run is not None:
        yield run


def _together(some: Records, history: History) -> Integers:
    """Read rows of the history together; returns the numbers of the records that have to be read singly."""
    data = some.data + BEHIND
    found, single = parts(np.frombuffer(data, np.uint8), some.starts, some.starts + some.lengths)
    single[found.message[(found.number == CONFIG) | (found.number == RUN)]] = True
    single[history.rows(data, found.of((found.number == HISTORY) & ~single[found.message]))] = True
    return np.flatnonzero(single)


def _record(history: History, number: int, data: bytes) -> str:
    """Read a record field by field; returns the run's name where it says one."""
    name = ""
    for field, kind, at, until in fields(data, 0, len(data)):
        if kind == BYTES and field == HISTORY:
            history.row(number, data, at, until)
        elif kind == BYTES and field == CONFIG:
            _config(history.recording, data, at, until)
        elif kind == BYTES and field == RUN:
            for part, form, begin, stop in fields(data, at, until):
                if part == RUN_CONFIG and form == BYTES:
                    _config(history.recording, data, begin, stop)
                elif part == DISPLAY_NAME and form == BYTES:
                    name = text(data, begin, stop)
    return name


def _config(recording: Recording, data: bytes, start: int, end: int) -> None:
    for number, kind, at, until in fields(data, start, end):
        if number == ITEM and kind == BYTES:
            name, value = item(data, at, until)
            recording.set({name: value} if not isinstance(value, dict) else {**value, name: value})


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
            value = _number(data[at:until])
            found = loaded(text(data, at, until)) if value is None else value
    return "/".join(key), found


class History:
    """Rows of some records, numbered by these, until they are recorded."""

    def __init__(self, recording: Recording, count: int) -> None:
        self.recording = recording
        self._count = count
        self._cells: dict[str, list[tuple[Integers | int, NDArray[np.float64] | float]]] = {}
        """By name: in which rows there are values, and which."""

    def row(self, row: int, data: bytes, start: int, end: int) -> None:
        """Add the row at ``data[start:end]``, field by field. Raises MalformedMessage where it is none."""
        for number, kind, at, until in fields(data, start, end):
            if number == ITEM and kind == BYTES:
                name, value = item(data, at, until)
                for inner, each in numbers(flat({name: value})).items():
                    self._add(inner, row, each)

    def rows(self, data: bytes, told: Parts) -> Integers:
        """Add rows, numbered by the messages of which they are parts; ``data`` ends with ``BEHIND``.

        Those that have to be read by ``row`` are not added, but returned.
        """
        array, told = np.frombuffer(data, np.uint8), told.of(np.argsort(told.start))
        items, odd = _items(array, told)
        of_name: dict[str, list[Integers]] = {}
        for key, index in _by_content(data, items.start, items.named):
            name = _name(key)
            if name is not None and self._wanted(name):
                of_name.setdefault(name, []).append(index)
            else:
                odd[items.row[index[(name is None) | ~_FLAT[array[items.value[index]]]]]] = True
        columns = {name: np.sort(np.concatenate(index)) for name, index in of_name.items()}
        wanted = np.concatenate([np.zeros(0, np.int64), *columns.values()])
        values, good = usual_numbers(data, items.value[wanted], items.stop[wanted])
        odd[items.row[wanted[~good]]] = True
        begin = 0
        for name, index in columns.items():
            row = items.row[index]
            kept = ~odd[row]
            self._add(name, told.message[row[kept]], values[begin : begin + len(index)][kept])
            begin += len(index)
        return told.message[odd]

    def _wanted(self, name: str) -> bool:
        return name == COUNTED or self.recording.kind(name) != "nothing"

    def _add(self, name: str, row: Integers | int, value: NDArray[np.float64] | float) -> None:
        if self._wanted(name):
            self._cells.setdefault(name, []).append((row, value))

    def record(self) -> None:
        """Record all rows."""
        counted, _ = self._column(COUNTED)
        steps = np.full(self._count, np.nan)
        found = [name for name in self._cells if name != COUNTED]
        for name in found:
            if self.recording.kind(name) == "step":
                steps = np.fmax(steps, self._column(name)[0])
        unknown = np.flatnonzero(np.isnan(steps) & ~np.isnan(counted))
        self._cells.setdefault("step", []).append((unknown, counted[unknown]))
        names = dict.fromkeys((*found, "step"))
        self.recording.rows([Alike(np.arange(self._count), names, self._column)], numbered=False)

    def _column(self, name: str) -> Column:
        values, present = np.full(self._count, np.nan), np.zeros(self._count, np.bool_)
        for row, told in self._cells.get(name, ()):
            values[row], present[row] = told, True
        return values, present


@dataclass(frozen=True)
class _Items:
    """K items: the parts of a name, then a value as JSON."""

    row: Integers
    """In which row each is."""
    start: Integers
    """Where the parts of its name begin."""
    named: Integers
    """Where they end."""
    value: Integers
    stop: Integers


def _items(array: NDArray[np.uint8], told: Parts) -> tuple[_Items, NDArray[np.bool_]]:
    """The items in N rows that follow one another, and which rows do not consist of such items only."""
    marks = np.flatnonzero(array[:-1] == VALUE_BEGINS[0])
    marks = marks[array[marks + 1] == VALUE_BEGINS[1]]
    first = np.searchsorted(marks, told.start)
    count = np.searchsorted(marks, told.stop) - first
    begin = np.cumsum(count) - count
    row = np.repeat(np.arange(len(count)), count)
    named = marks[np.arange(len(row)) + (first - begin)[row]]
    length, value = varints(array, named + 2)
    stop = value + length
    start = np.concatenate(([0], stop))[:-1]  # each begins where the one before ends
    some = count > 0
    start[begin[some]] = told.start[some]
    start = np.minimum(start, named)
    size, key = varints(array, start + 1)
    good = (array[start] == ITEM << 3 | BYTES) & (key + size == stop) & (key < named) & (length > 0)
    odd = ~some
    odd[some] = stop[(begin + count - 1)[some]] != told.stop[some]
    odd[row[~good]] = True
    return _Items(*(each[good] for each in (row, key, named, value, stop))), odd


def _name(key: bytes | None) -> str | None:
    """The name that fields of an item say; None where they say anything else."""
    try:
        told = list(fields(key or b"", 0, len(key or b"")))
    except MalformedMessage:
        return None
    if key is None or any(number not in (KEY, NESTED_KEY) or kind != BYTES for number, kind, _, _ in told):
        return None
    return item(key, 0, len(key))[0]


def _by_content(data: bytes, starts: Integers, stops: Integers) -> Iterator[tuple[bytes | None, Integers]]:
    """Pieces that have the same content: what it is, and which they are.

    None stands for those that are left over where there are very many contents.
    """
    for length, group in by_length(stops - starts):
        left, pieces = group, byte_rows(data, starts[group], length).view(f"S{length}").ravel()
        for _ in range(ALIKE):
            same = pieces == pieces[0]
            yield pieces[:1].tobytes(), left[same]
            left, pieces = left[~same], pieces[~same]
            if not len(left):
                break
        else:
            yield None, left


def usual_numbers(data: bytes, starts: Integers, stops: Integers) -> Column:
    """The numbers (K,) that values as JSON say, and which of them say one in the usual way."""
    found, usual = np.full(len(starts), np.nan), np.zeros(len(starts), np.bool_)
    for length, index in by_length(stops - starts):
        if length > LONGEST:
            break
        cells = byte_rows(data, starts[index], length + 1)
        cells[:, length] = ord(",")
        try:
            values = _NUMBERS.decode(b"[" + cells.tobytes()[:-1] + b"]")
        except msgspec.MsgspecError:
            values = []
        if len(values) == len(cells):  # none holds a comma
            found[index], usual[index] = values, True
        else:
            found[index], usual[index] = column_of([_number(cell.tobytes()) for cell in cells[:, :length]])
    return found, usual


def _number(cell: bytes) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None
