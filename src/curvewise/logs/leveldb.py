"""LevelDB's log format, in which W&B keeps its records (LevelDB, "Log format").

Blocks of 32 KiB hold pieces: a checksum, a length, a kind (whole, first, middle, last) and data. W&B puts
seven bytes of its own before the first and takes the checksum of zlib (CRC-32) over kind and data.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from curvewise.logs.byte_rows import Records
from curvewise.logs.opening import Source

BLOCK = 32_768
MAGIC = b":W&B"
START = 7
WHOLE, FIRST, MIDDLE, LAST = 1, 2, 3, 4
TOGETHER = 32
"""Blocks that are read together."""
LONGEST = 64 << 20
"""Bytes of a record that is put together."""
_PIECE = struct.Struct("<IHB")


def records(source: Source) -> Iterator[Records]:
    """The records of a file up to where it ends or is damaged, about a MB of them at a time."""
    with source.opened() as stream:
        at = len(stream.read(START))
        pieces = _Pieces()
        while not pieces.over and (data := stream.read(TOGETHER * BLOCK - at % BLOCK)):
            found = pieces.read(data, at)
            if pieces.trouble:
                source.damage.append(pieces.trouble)
            if len(found.starts):
                yield found
            at += len(data)
        if pieces.parts:
            source.damage.append("the last record is not complete")


@dataclass
class _Pieces:
    """Pieces as they are put together."""

    parts: list[bytes] = field(default_factory=list)
    """Of a record that is not whole yet."""
    held: int = 0
    trouble: str = ""
    over: bool = False
    """Nothing more is to be read."""

    def read(self, data: bytes, place: int) -> Records:
        """The records that end in these bytes, which begin at ``place``; what was joined is behind them."""
        starts: list[int] = []
        stops: list[int] = []
        joined = bytearray()
        unpack, checksum_of, at = _PIECE.unpack_from, zlib.crc32, 0
        while at < len(data) and not self.over:
            end = min(len(data), at + BLOCK - (place + at) % BLOCK)
            last = end - _PIECE.size
            while at <= last:
                checksum, length, kind = unpack(data, at)
                stop = at + _PIECE.size + length
                if stop > end or checksum_of(data[at + 6 : stop]) != checksum:
                    zeros = not (checksum or length or kind)  # what a crash leaves
                    trouble = "is not complete" if stop > end else "has a wrong checksum"
                    self._stop(place + at, "" if zeros else trouble)
                    break
                if kind == WHOLE:
                    starts.append(at + _PIECE.size)
                    stops.append(stop)
                    if self.parts:
                        self.parts, self.held = [], 0
                elif self._join(data[at + _PIECE.size : stop], kind, place + at):
                    starts.append(len(data) + len(joined))
                    joined += b"".join(self.parts)
                    stops.append(len(data) + len(joined))
                    self.parts, self.held = [], 0
                elif self.over:
                    break
                at = stop
            at = end
        begins = np.array(starts, np.int64)
        return Records(data + joined, begins, np.array(stops, np.int64) - begins)

    def _join(self, data: bytes, kind: int, at: int) -> bool:
        """Add a piece; whether its record is whole now."""
        if kind == FIRST:
            self.parts, self.held = [], 0
        self.parts.append(data)
        self.held += len(data) + 1
        if kind != LAST and self.held > LONGEST:
            self._stop(at, f"is longer than {LONGEST:,} bytes")
        return kind == LAST

    def _stop(self, at: int, trouble: str) -> None:
        self.trouble = trouble and f"the record near byte {at:,} {trouble}"
        self.parts, self.over = [], True
