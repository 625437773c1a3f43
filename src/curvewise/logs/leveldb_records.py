"""LevelDB's log format, in which W&B keeps its records (LevelDB, "Log format").

Blocks of 32 KiB hold pieces: a checksum, a length, a kind (whole, first, middle, last) and data. W&B puts
seven bytes of its own before the first and takes the checksum of zlib (CRC-32) over kind and data.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from curvewise.logs.opening import Source

BLOCK = 32_768
MAGIC = b":W&B"
START = 7
WHOLE, FIRST, MIDDLE, LAST = 1, 2, 3, 4
LONGEST = 64 << 20
"""Bytes of a record that is put together."""
_PIECE = struct.Struct("<IHB")


def records(source: Source) -> Iterator[bytes]:
    """The records of a file up to where it ends or is damaged."""
    with source.opened() as stream:
        stream.read(START)
        parts: list[bytes] = []
        block, at, number = stream.read(BLOCK - START), 0, 0
        while block:
            if len(block) - at < _PIECE.size:
                number += 1
                block, at = stream.read(BLOCK), 0
                continue
            checksum, length, kind = _PIECE.unpack_from(block, at)
            place = number * BLOCK + at
            at += _PIECE.size
            data = block[at : at + length]
            if kind == 0 and length == 0 and checksum == 0:  # what a crash leaves is filled with zeros
                break
            if len(data) < length or zlib.crc32(data, zlib.crc32(bytes([kind]))) != checksum:
                why = "is not complete" if len(data) < length else "has a wrong checksum"
                source.damage.append(f"the record near byte {place:,} {why}")
                return
            at += length
            if kind in (WHOLE, FIRST):
                parts = []
            parts.append(data)
            if kind in (WHOLE, LAST):
                yield b"".join(parts)
                parts = []
            elif sum(map(len, parts)) > LONGEST:
                source.damage.append(f"the record near byte {place:,} is longer than {LONGEST:,} bytes")
                return
        if parts:
            source.damage.append("the last record is not complete")
