r"""The checksum of TensorBoard's and LevelDB's records, for many records at once.

CRC-32C (Castagnoli; RFC 3720, appendix B.4) is linear: the state after a message is the exclusive or of one
term per byte, which depends on the byte and on how many follow it. With T[d, b] the term of byte b with d
bytes after it,

.. math:: T[d, b] = T[0, T[d-1, b] \bmod 256] \oplus \lfloor T[d-1, b] / 256 \rfloor

where T[0] is the usual table, so that checksums are look-ups and an exclusive or over each record.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

POLYNOMIAL = 0x82F63B78
FAR = 2048
"""Bytes of a message that are taken at once; T has as many rows, 2 MB together."""
MASK = 0xA282EAD8
"""Stored checksums are rotated and moved by this, since a checksum of checksums is weak (TensorFlow,
``lib/hash/crc32c.h``)."""


@lru_cache(maxsize=1)
def _terms() -> NDArray[np.uint32]:
    """T (FAR, 256)."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(POLYNOMIAL), table >> 1).astype(np.uint32)
    terms = np.empty((FAR, 256), np.uint32)
    terms[0] = table
    for d in range(1, FAR):
        terms[d] = table[terms[d - 1] & 255] ^ (terms[d - 1] >> 8)
    return terms


@lru_cache(maxsize=1)
def _starts() -> NDArray[np.uint32]:
    """What the initial state 0xFFFFFFFF becomes after 0, 1, ..., FAR bytes of 0."""
    table = _terms()[0]
    state, states = 0xFFFFFFFF, []
    for _ in range(FAR + 1):
        states.append(state)
        state = int(table[state & 255]) ^ (state >> 8)
    return np.array(states, np.uint32)


def masked(checksum: int) -> int:
    """A checksum as it is stored in TFRecord and LevelDB files."""
    return (((checksum >> 15) | (checksum << 17)) + MASK) & 0xFFFFFFFF


def crc32c(message: bytes | memoryview) -> int:
    """The checksum of one message of any length."""
    terms, state = _terms(), 0xFFFFFFFF
    data = np.frombuffer(message, np.uint8)
    for start in range(0, len(data), FAR):
        piece = data[start : start + FAR]
        n = len(piece)
        moved = state >> 8 * n if n < 4 else 0
        for i in range(min(n, 4)):
            moved ^= int(terms[n - 1 - i, (state >> 8 * i) & 255])
        state = moved ^ int(np.bitwise_xor.reduce(terms[np.arange(n - 1, -1, -1), piece]))
    return state ^ 0xFFFFFFFF


def crc32c_of_rows(rows: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Masked checksums (N,) of messages of one length, 1 to FAR bytes, one in each row (N, length)."""
    length = rows.shape[1]
    state = np.full(len(rows), _starts()[length] ^ np.uint32(0xFFFFFFFF), np.uint32)
    for terms, column in zip(_terms()[length - 1 :: -1], rows.T, strict=False):
        state ^= terms[column]
    return np.asarray(((state >> 15) | (state << 17)) + np.uint32(MASK), np.uint32)
