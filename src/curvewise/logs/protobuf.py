"""Protocol buffers' wire format, as far as logs need it.

A message is a row of fields: a varint that holds the field's number and kind, then a varint, 4 or 8 bytes,
or a length and so many bytes (protobuf's "Encoding" page). Messages inside messages are bytes here, and the
reader of a format goes into those it knows: nothing recurses. Many messages are read in step: the first field
of all, then the second of all, and so on.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Field = tuple[int, int, int, int]
"""Number, kind, and where the content starts and ends; of a varint, its value and where it ends."""

VARINT, EIGHT, BYTES, FOUR = 0, 1, 2, 5
FEW = 32
"""Messages below which it does not pay."""
BEHIND = bytes(16)
"""Has to follow the bytes that are walked: what is read before its place is checked."""
Integers = NDArray[np.int64]


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


@dataclass(frozen=True)
class Parts:
    """The fields (K,) of N messages that are bytes: all that come first in their message, then others."""

    message: Integers
    """In which message each is, 0 to N - 1."""
    number: Integers
    start: Integers
    stop: Integers

    def of(self, which: NDArray[np.bool_ | np.signedinteger]) -> Parts:
        """Some of them."""
        return Parts(self.message[which], self.number[which], self.start[which], self.stop[which])


def varints(data: NDArray[np.uint8], at: Integers) -> tuple[Integers, Integers]:
    """The numbers at many places, -1 where one has more than 35 bits, and where what follows begins."""
    value = data[at].astype(np.int64)
    after = at + 1
    longer = np.flatnonzero(value > 127)
    for shift in (7, 14, 21, 28):
        if not len(longer):
            return value, after
        byte = data[after[longer]].astype(np.int64)
        value[longer] += (byte - 1) << shift  # the bit that says "longer" of the byte before is 1 << shift
        after[longer] += 1
        longer = longer[byte > 127]
    value[longer] = -1
    return value, after


def parts(data: NDArray[np.uint8], starts: Integers, ends: Integers) -> tuple[Parts, NDArray[np.bool_]]:
    """The fields of N messages at ``starts`` to ``ends``, and which messages have to be read by ``fields``.

    These have fields of 4 or 8 bytes, numbers of more than 35 bits, many more fields than the others, or are
    no messages. ``data`` ends with ``BEHIND``.
    """
    found: list[tuple[Integers, ...]] = [(np.zeros(0, np.int64),) * 4]
    odd = np.zeros(len(starts), np.bool_)
    message, at, end = np.arange(len(starts)), starts, ends
    while True:
        going = at < end
        if not going.all():
            message, at, end = message[going], at[going], end[going]
        if len(message) < FEW:
            odd[message] = True
            break
        key, after = varints(data, at)
        length, start = varints(data, after)
        content = key & 7 == BYTES
        stop = start + np.where(content, length, 0)
        good = (content | (key & 7 == VARINT)) & (key >= 8) & (length >= 0) & (stop <= end)
        if not good.all():
            odd[message[~good]] = True
        taken = good & content
        found.append((message[taken], key[taken] >> 3, start[taken], stop[taken]))
        at = np.where(good, stop, end)
    return Parts(*map(np.concatenate, zip(*found, strict=True))), odd
