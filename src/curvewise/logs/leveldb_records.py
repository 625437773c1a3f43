"""LevelDB's log format, in which W&B keeps its records (LevelDB, "Log format").

Blocks of 32 KiB hold pieces: a checksum, a length, a kind (whole, first, middle, last) and data. W&B puts
seven bytes of its own before the first and takes the checksum of zlib (CRC-32) over kind and data.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from curvewise.logs.opening import Source

BLOCK = 32_768
MAGIC = b":W&B"
START = 7
WHOLE, FIRST, MIDDLE, LAST = 1, 2, 3, 4
TOGETHER = 32
"""Blocks whose records are read together."""
LONGEST = 64 << 20
"""Bytes of a record that is put together."""
_PIECE = struct.Struct("<IHB")


def records(source: Source) -> Iterator[list[bytes]]:
    """The records of a file up to where it ends or is damaged, some at a time."""
    with source.opened() as stream:
        stream.read(START)
        pieces = _Pieces()
        found: list[bytes] = []
        block, number = stream.read(BLOCK - START), 0
        while block:
            found += pieces.read(block)
            if pieces.trouble:
                source.damage.append(f"the record near byte {number * BLOCK + pieces.at:,} {pieces.trouble}")
            if pieces.over:
                break
            number += 1
            if number % TOGETHER == 0:
                yield found
                found = []
            block = stream.read(BLOCK)
        if found:
            yield found
        if pieces.parts:
            source.damage.append("the last record is not complete")


@dataclass
class _Pieces:
    """Pieces as they are put together."""

    parts: list[bytes] = field(default_factory=list)
    """Of a record that is not whole yet."""
    held: int = 0
    at: int = 0
    trouble: str = ""
    over: bool = False
    """Nothing more is to be read."""

    def read(self, block: bytes) -> list[bytes]:
        """The records that end in a block."""
        found: list[bytes] = []
        at, size = 0, len(block)
        last = size - _PIECE.size
        unpack, checksum_of = _PIECE.unpack_from, zlib.crc32
        while at <= last:
            checksum, length, kind = unpack(block, at)
            start = at + _PIECE.size
            end = start + length
            if checksum_of(block[start - 1 : end]) != checksum or end > size:
                self._stop(at, "is not complete" if end > size else "has a wrong checksum")
                if not (checksum or length or kind):  # what a crash leaves is filled with zeros
                    self.trouble = ""
                return found
            if kind == WHOLE:
                found.append(block[start:end])
                if self.parts:
                    self.parts, self.held = [], 0
            else:
                self._join(block[start:end], kind, found, at)
            at = end
        return found

    def _join(self, data: bytes, kind: int, found: list[bytes], at: int) -> None:
        if kind == FIRST:
            self.parts, self.held = [], 0
        self.parts.append(data)
        self.held += len(data) + 1
        if kind == LAST:
            found.append(b"".join(self.parts))
            self.parts, self.held = [], 0
        elif self.held > LONGEST:
            self._stop(at, f"is longer than {LONGEST:,} bytes")

    def _stop(self, at: int, trouble: str) -> None:
        self.at, self.trouble, self.over = at, trouble, True
        self.parts = []
