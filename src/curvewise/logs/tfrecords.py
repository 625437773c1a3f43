"""TFRecord files: a length, its checksum, the data, their checksum; again and again."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from curvewise.logs.byte_rows import Records, by_length, byte_rows
from curvewise.logs.crc32c import FAR, crc32c, crc32c_of_rows, masked
from curvewise.logs.opening import PIECE, Source

LONGEST = 16 << 20
"""Bytes of a record that is read; longer ones (graphs, images) hold no scalars and are passed over."""
FEW = 8
"""Records of one length below which each is checked by itself."""
_HEADER = struct.Struct("<QI")
_LENGTH = struct.Struct("<Q")


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
    places, position, last = [0], 0, len(data) - 16
    unpack, append = _LENGTH.unpack_from, places.append
    while position <= last:
        position += 16 + unpack(data, position)[0]
        append(position)
    if position > len(data):
        del places[-1]
    bounds = np.array(places, np.int64)
    return Records(data, bounds[:-1] + 12, np.diff(bounds) - 16), places[-1]


def _sound(found: Records) -> int:
    """How many records come before the first with a wrong checksum."""
    data, sound = found.data, np.zeros(len(found.starts), bool)
    for length, group in by_length(found.lengths):
        starts = found.starts[group]
        head = masked(crc32c(_LENGTH.pack(length)))
        right = _stored(data, starts - 4) == head
        if len(group) >= FEW and 0 < length <= FAR:
            told = crc32c_of_rows(byte_rows(data, starts, length))
        else:
            told = np.array([masked(crc32c(found.record(int(i)))) for i in group], np.uint32)
        sound[group] = right & (told == _stored(data, starts + length))
    return len(sound) if sound.all() else int(np.argmin(sound))


def _stored(data: bytes, places: NDArray[np.int64]) -> NDArray[np.uint32]:
    """The numbers of four bytes at some places."""
    return np.asarray(byte_rows(data, places, 4).view("<u4").ravel(), np.uint32)
