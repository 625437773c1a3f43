"""Scalars that TensorFlow writes as tensors (``tensorflow/core/framework/tensor.proto``)."""

from __future__ import annotations

import struct

import numpy as np

from curvewise.logs.protobuf import BYTES, VARINT, double, fields, signed, single, varint

FLOAT, DOUBLE, INT32, INT64, BFLOAT16, HALF = 1, 2, 3, 9, 14, 19
SIZES = {FLOAT: 4, DOUBLE: 8, INT32: 4, INT64: 8, BFLOAT16: 2, HALF: 2}
FORMATS = {FLOAT: "<f", DOUBLE: "<d", INT32: "<i", INT64: "<q", HALF: "<e"}
CONTENT, FLOATS, DOUBLES, INTS, INT64S, HALVES = 4, 5, 6, 7, 10, 13


def scalar(data: bytes, start: int, end: int) -> float | None:
    """The number of a tensor that holds a single one; None for every other tensor."""
    dtype = 0
    found: list[tuple[int, int, int, int]] = []
    for number, kind, at, until in fields(data, start, end):
        if number == 1 and kind == VARINT:
            dtype = at
        elif number in (CONTENT, FLOATS, DOUBLES, INTS, INT64S, HALVES):
            found.append((number, kind, at, until))
    if dtype not in SIZES or len(found) != 1:
        return None
    return _element(data, dtype, *found[0])


def _element(data: bytes, dtype: int, number: int, kind: int, at: int, until: int) -> float | None:
    if number == CONTENT:
        return _content(data[at:until], dtype) if kind == BYTES else None
    if number == FLOATS and dtype == FLOAT and until - at == 4:
        return single(data, at)
    if number == DOUBLES and dtype == DOUBLE and until - at == 8:
        return double(data, at)
    if number in (INTS, INT64S, HALVES):
        value, following = (at, until) if kind == VARINT else varint(data, at, until)
        if following != until:
            return None
        return _content(value.to_bytes(8, "little")[:2], dtype) if number == HALVES else float(signed(value))
    return None


def _content(content: bytes, dtype: int) -> float | None:
    if len(content) != SIZES[dtype]:
        return None
    if dtype == BFLOAT16:  # the upper half of a float32
        return float(np.frombuffer(b"\0\0" + content, "<f4")[0])
    return float(struct.unpack(FORMATS[dtype], content)[0])
