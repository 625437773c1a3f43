"""The scalars in TensorBoard's event records (``tensorflow/core/util/event.proto``, ``summary.proto``).

Most records of a file are alike but for their time, step and value. So the first of a length is read field by
field, and all others of that length which agree with it in every other byte are read with it, as columns.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curvewise.logs.byte_rows import Records, by_length, byte_rows
from curvewise.logs.protobuf import (
    BYTES,
    EIGHT,
    FOUR,
    VARINT,
    MalformedMessage,
    fields,
    signed,
    single,
    text,
    varint,
)

ALIKE = 16
"""Records of one length from which it pays to read them together."""
KINDS = 64
"""Different records of one length that are read together; the rest is read one by one."""
FLOAT, DOUBLE, INT32, INT64, BFLOAT16, HALF = 1, 2, 3, 9, 14, 19
"""Kinds of tensors (``tensorflow/core/framework/types.proto``)."""
FORMATS = {FLOAT: "<f", DOUBLE: "<d", INT32: "<i", INT64: "<q", BFLOAT16: "<f", HALF: "<e"}
CONTENT, FLOATS, DOUBLES, INTS, INT64S, HALVES = 4, 5, 6, 7, 10, 13
"""Fields of a tensor (``tensorflow/core/framework/tensor.proto``)."""
Columns = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]
"""Which record (N,), its step (N,) and its value (N,)."""


@dataclass(frozen=True)
class Scalars:
    """Values of one tag in the order of the file: all (N,)."""

    tag: str
    steps: NDArray[np.float64]
    values: NDArray[np.float64]


@dataclass(frozen=True)
class _Value:
    tag: str
    value: float
    start: int
    """Where its four bytes stand; -1 where it is no such number."""


@dataclass(frozen=True)
class _Event:
    step: int
    time: int
    """Where its eight bytes stand; -1 without."""
    step_start: int
    step_end: int
    values: tuple[_Value, ...]


def scalars(found: Records) -> tuple[list[Scalars], int]:
    """The scalars of some records by tag, and how many records were no events."""
    by_tag: dict[str, list[Columns]] = {}
    wrong = 0
    for _, group in by_length(found.lengths):
        left = group
        for _ in range(KINDS if len(group) >= ALIKE else 0):
            if len(left) < ALIKE:
                break
            left, together = _together(found, left)
            for tag, columns in together:
                by_tag.setdefault(tag, []).append(columns)
        for i in left:
            try:
                event = _event(found.data, int(found.starts[i]), int(found.starts[i] + found.lengths[i]))
            except MalformedMessage:
                wrong += 1
                continue
            for each in event.values:
                one = (np.array([i]), np.array([event.step], np.float64), np.array([each.value], np.float64))
                by_tag.setdefault(each.tag, []).append(one)
    return [_joined(tag, parts) for tag, parts in by_tag.items()], wrong


def _joined(tag: str, parts: list[Columns]) -> Scalars:
    index, steps, values = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(index, kind="stable")
    return Scalars(tag, steps[order].astype(np.float64), values[order].astype(np.float64))


def _together(
    found: Records, group: NDArray[np.int64]
) -> tuple[NDArray[np.int64], list[tuple[str, Columns]]]:
    """Those of a group that are like its first one, as columns; and the rest of the group."""
    start, length = int(found.starts[group[0]]), int(found.lengths[group[0]])
    try:
        first = _event(found.data, start, start + length)
    except MalformedMessage:
        return group, []
    if not first.values or any(each.start < 0 for each in first.values) or first.step_start < 0:
        return group, []
    rows = byte_rows(found.data, found.starts[group], length)
    free = np.zeros(length, bool)
    for place, size in [(first.time, 8), *((each.start, 4) for each in first.values)]:
        if place >= 0:
            free[place - start : place - start + size] = True
    digits = slice(first.step_start - start, first.step_end - start)
    free[digits] = True
    alike = (rows[:, ~free] == rows[0, ~free]).all(axis=1)
    alike &= ((rows[:, digits] >= 128) == (rows[0, digits] >= 128)).all(axis=1)
    same, rows = group[alike], rows[alike]
    shifts = np.arange(digits.stop - digits.start, dtype=np.uint64) * np.uint64(7)
    steps = ((rows[:, digits].astype(np.uint64) & np.uint64(127)) << shifts).sum(axis=1, dtype=np.uint64)
    told = steps.view(np.int64).astype(np.float64)
    columns = []
    for each in first.values:
        values = rows[:, each.start - start : each.start - start + 4].copy().view("<f4").ravel()
        columns.append((each.tag, (same, told, values.astype(np.float64))))
    return group[~alike], columns


def _event(data: bytes, start: int, end: int) -> _Event:
    step, time, step_start, step_end = 0, -1, -1, -1
    values: list[_Value] = []
    for number, kind, at, until in fields(data, start, end):
        if number == 1 and kind == EIGHT:
            time = at
        elif number == 2 and kind == VARINT:
            step, step_end = signed(at), until
            step_start = step_end - max(1, (at.bit_length() + 6) // 7)
            if data[step_start - 1] != 0x10:  # written with more bytes than it needs, or with another key
                step_start = -1
        elif number == 5 and kind == BYTES:
            values += _summary(data, at, until)
    return _Event(step, time, step_start, step_end, tuple(values))


def _summary(data: bytes, start: int, end: int) -> Iterator[_Value]:
    for number, kind, at, until in fields(data, start, end):
        if number != 1 or kind != BYTES:
            continue
        tag: str | None = None
        found: tuple[float, int] | None = None
        for part, form, begin, stop in fields(data, at, until):
            if part == 1 and form == BYTES:
                tag = text(data, begin, stop)
            elif part == 2 and form == FOUR:
                found = single(data, begin), begin
            elif part == 8 and form == BYTES:
                value = _tensor(data, begin, stop)
                found = (value, _place_of_float(data, begin, stop)) if value is not None else None
        if tag is not None and found is not None:
            yield _Value(tag, *found)


def _place_of_float(data: bytes, start: int, end: int) -> int:
    """Where the four bytes of a tensor of one float stand; -1 for other tensors."""
    parts = {number: (at, until) for number, _, at, until in fields(data, start, end)}
    at, until = parts.get(5) or parts.get(4) or (0, 0)
    return at if parts.get(1, (0, 0))[0] == 1 and until - at == 4 else -1


def _tensor(data: bytes, start: int, end: int) -> float | None:
    """The number of a tensor that holds a single one; None for every other tensor."""
    dtype = 0
    found: list[tuple[int, int, int, int]] = []
    for number, kind, at, until in fields(data, start, end):
        if number == 1 and kind == VARINT:
            dtype = at
        elif number in (CONTENT, FLOATS, DOUBLES, INTS, INT64S, HALVES):
            found.append((number, kind, at, until))
    if dtype not in FORMATS or len(found) != 1:
        return None
    ((number, kind, at, until),) = found
    if number in (INTS, INT64S, HALVES):
        value, following = (at, until) if kind == VARINT else varint(data, at, until)
        if following != until or number != HALVES:
            return float(signed(value)) if following == until else None
        content = value.to_bytes(8, "little")[:2]
    elif kind == VARINT or dtype != {CONTENT: dtype, FLOATS: FLOAT, DOUBLES: DOUBLE}[number]:
        return None
    else:
        content = data[at:until]
    if dtype == BFLOAT16 and len(content) == 2:  # the upper half of a float
        content = b"\0\0" + content
    elif dtype == BFLOAT16 or len(content) != struct.calcsize(FORMATS[dtype]):
        return None
    return float(struct.unpack(FORMATS[dtype], content)[0])
