"""Many messages of protocol buffers in step: the first field of all, then the second of all, and so on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curvewise.logs.protobuf import BYTES, VARINT

FEW = 32
"""Messages below which it does not pay."""
BEHIND = bytes(16)
"""Has to follow the bytes that are walked: what is read before its place is checked."""
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Parts:
    """The fields (K,) of N messages that are bytes: all that come first in their message, then others."""

    message: Integers
    """In which message each is, 0 to N - 1."""
    number: Integers
    start: Integers
    stop: Integers

    def of(self, which: NDArray[np.bool_]) -> Parts:
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
