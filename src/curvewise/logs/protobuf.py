"""Protocol buffers' wire format, as far as logs need it.

A message is a row of fields: a varint that holds the field's number and kind, then a varint, 4 or 8 bytes,
or a length and so many bytes (protobuf's "Encoding" page). Messages inside messages are bytes here, and the
reader of a format goes into those it knows: nothing recurses.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

Field = tuple[int, int, int, int]
"""Number, kind, and where the content starts and ends; of a varint, its value and where it ends."""

VARINT, EIGHT, BYTES, FOUR = 0, 1, 2, 5


class MalformedMessage(ValueError):
    """Bytes that are no message."""


def varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """The number at a place, and where what follows begins."""
    value = shift = 0
    while at < end and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value & 0xFFFFFFFFFFFFFFFF, at
        shift += 7
    raise MalformedMessage("a number does not end")


def fields(data: bytes, at: int, end: int) -> Iterator[Field]:
    """The fields of the message at ``data[at:end]``."""
    while at < end:
        key = data[at]
        if key < 128:  # nearly always: the call is what takes time
            at += 1
        else:
            key, at = varint(data, at, end)
        kind = key & 7
        if kind == BYTES:
            length, start = varint(data, at, end)
            at = start + length
        elif kind == VARINT:
            start, at = varint(data, at, end)
        elif kind in (EIGHT, FOUR):
            start, at = at, at + (8 if kind == EIGHT else 4)
        else:
            raise MalformedMessage(f"field of kind {kind}")
        if at > end or key < 8:
            raise MalformedMessage("a field is longer than its message")
        yield key >> 3, kind, start, at


def signed(value: int) -> int:
    """An int64 that was written as a varint."""
    return value - (1 << 64) if value >= 1 << 63 else value


def double(data: bytes, at: int) -> float:
    """Eight bytes as a number."""
    return float(struct.unpack_from("<d", data, at)[0])


def single(data: bytes, at: int) -> float:
    """Four bytes as a number."""
    return float(struct.unpack_from("<f", data, at)[0])


def text(data: bytes, start: int, end: int) -> str:
    """Bytes as text; what is no UTF-8 is replaced."""
    return data[start:end].decode("utf-8", "replace")
