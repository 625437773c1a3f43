"""Pieces of one length out of a log's bytes, as the rows of a table."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray


def byte_rows(data: bytes | memoryview, starts: NDArray[np.int64], length: int) -> NDArray[np.uint8]:
    """The bytes (N, length) that begin at ``starts`` (N,), copied; all must lie within ``data``."""
    if not len(starts):
        return np.zeros((0, length), np.uint8)
    pieces: NDArray[np.void] = np.ndarray((len(data) - length + 1,), f"V{length}", data, strides=(1,))
    return pieces[starts].view(np.uint8).reshape(len(starts), length)


def by_length(lengths: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """The different lengths (N,) of pieces, ascending, and which have each."""
    order = np.argsort(lengths, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(lengths[order])) + 1):
        if len(group):
            yield int(lengths[group[0]]), group
