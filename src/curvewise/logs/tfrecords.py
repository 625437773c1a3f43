"""TFRecord files: a length, its checksum, the data, their checksum; again and again."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curvewise.logs.crc32c import FAR, crc32c, crc32c_of_many, masked
from curvewise.logs.opening import PIECE, Source

LONGEST = 16 << 20
"""Bytes of a record that is read; longer ones (graphs, images) hold no scalars and are passed over."""
_HEADER = struct.Struct("<QI")
_LENGTH = struct.Struct("<Q")


@dataclass(frozen=True)
class Records:
    """Some records of a file: record i is ``data[starts[i] : starts[i] + lengths[i]]``."""

    data: bytes
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]

    def record(self, i: int) -> bytes:
        """One record."""
        return self.data[self.starts[i] : self.starts[i] + self.lengths[i]]


def recognises(head: bytes) -> bool:
    """Whether a file begins with a length whose checksum is right."""
    if len(head) < _HEADER.size:
        return False
    length, checksum = _HEADER.unpack_from(head)
    return bool(length < 1 << 32) and masked(crc32c(head[:8])) == checksum


def records(source: Source) -> Iterator[Records]:
    """The records of a file up to where it ends or is damaged, about a MB of them at a time."""
    with source.opened() as stream:
        rest = b""
        at = 0
        while True:
            piece = stream.read(PIECE)
            data = rest + piece
            found, used = _whole(data)
            sound = _sound(found)
            if sound:
                yield Records(found.data, found.starts[:sound], found.lengths[:sound])
            if sound < len(found.starts):
                source.damage.append(f"record at byte {at + int(found.starts[sound]) - 12:,}: wrong checksum")
                return
            rest, at = data[used:], at + used
            if len(rest) >= _HEADER.size and _HEADER.unpack_from(rest)[0] + 16 > PIECE:
                length, checksum = _HEADER.unpack_from(rest)
                if masked(crc32c(rest[:8])) != checksum:
                    source.damage.append(f"record at byte {at:,}: wrong checksum of its length")
                    return
                if length > LONGEST:
                    skipped = len(rest)
                    while skipped < length + 16 and (piece := stream.read(min(PIECE, length + 16 - skipped))):
                        skipped += len(piece)
                    rest, at = b"", at + skipped
                    continue
            if not piece:
                if rest:
                    source.damage.append(f"the last record, at byte {at:,}, is not complete")
                return


def _whole(data: bytes) -> tuple[Records, int]:
    """The complete records at the start of some bytes, and how many bytes they take."""
    starts, lengths, position, end = [], [], 0, len(data)
    unpack = _LENGTH.unpack_from
    while position + 16 <= end:
        (length,) = unpack(data, position)
        following = position + 16 + length
        if following > end or length > LONGEST:
            break
        starts.append(position + 12)
        lengths.append(length)
        position = following
    return Records(data, np.array(starts, np.int64), np.array(lengths, np.int64)), position


def _sound(found: Records) -> int:
    """How many records come before the first with a wrong checksum."""
    starts, lengths = found.starts, found.lengths
    if not len(starts):
        return 0
    data = np.frombuffer(found.data, np.uint8)
    sound = crc32c_of_many(data, starts - 12, np.full(len(starts), 8)) == _stored(data, starts - 4)
    short = (lengths > 0) & (lengths <= FAR)
    if short.any():
        right = crc32c_of_many(data, starts[short], lengths[short]) == _stored(
            data, starts[short] + lengths[short]
        )
        sound[short] &= right
    for i in np.flatnonzero(~short):
        (stored,) = struct.unpack_from("<I", found.data, starts[i] + lengths[i])
        sound[i] &= masked(crc32c(found.record(int(i)))) == stored
    return len(sound) if sound.all() else int(np.argmin(sound))


def _stored(data: NDArray[np.uint8], places: NDArray[np.int64]) -> NDArray[np.uint32]:
    """The numbers of four bytes at some places."""
    return np.asarray(data[places[:, None] + np.arange(4)].copy().view("<u4").ravel(), np.uint32)
