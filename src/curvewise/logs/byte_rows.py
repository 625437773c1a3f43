"""Pieces of a log's bytes, many together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Records:
    """Some records of a file: record i is ``data[starts[i] : starts[i] + lengths[i]]``."""

    data: bytes
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]

    def record(self, i: int) -> bytes:
        """One record."""
        return self.data[self.starts[i] : self.starts[i] + self.lengths[i]]


def byte_rows(data: bytes | memoryview, starts: NDArray[np.int64], length: int) -> NDArray[np.uint8]:
    """The bytes (N, length) that begin at ``starts`` (N,), copied; all must lie within ``data``."""
    if not len(starts):
        return np.zeros((0, length), np.uint8)
    pieces: NDArray[np.void] = np.ndarray((len(data) - length + 1,), f"V{length}", data, strides=(1,))
    return pieces[starts].view(np.uint8).reshape(len(starts), length)


def by_length(lengths: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """The different lengths (N,) of pieces, ascending, and which have each."""
    short = len(lengths) and lengths.max() < 1 << 16  # numbers of 16 bits are sorted by their digits
    order = np.argsort(lengths.astype(np.uint16) if short else lengths, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(lengths[order])) + 1):
        if len(group):
            yield int(lengths[group[0]]), group
