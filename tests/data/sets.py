"""Small sequences and images for tests, in memory and as files."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import savemat

Arrays = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]


def labelled_sequences(rows: int = 60, seed: int = 0, longest: int = 8) -> Arrays:
    """X (N, T, 2) with NaN beyond each length, y by the sign of the first number's sum, lengths."""
    chance = np.random.default_rng(seed)
    lengths = chance.integers(3, longest + 1, rows)
    lengths[0] = longest
    X = chance.normal(size=(rows, longest, 2)) * [1.0, 20.0] + [0.0, 5.0]
    for i, length in enumerate(lengths):
        X[i, length:] = np.nan
    y = np.where(np.nansum(X[:, :, 0], axis=1) > 0, "up", "down")
    return X, y, lengths


def rolls(path: Path, sizes: tuple[int, int, int] = (12, 4, 5), labels: int = 6, **changes: Any) -> Path:
    """A MATLAB file of rolls in which every label comes and goes by turns; ``changes`` replace variables."""
    chance = np.random.default_rng(0)
    variables: dict[str, Any] = {}
    for name, count in zip(("traindata", "validdata", "testdata"), sizes, strict=True):
        cells = np.empty((1, count), dtype=object)
        for i in range(count):
            steps = int(chance.integers(4, 11))
            first = chance.integers(0, 2, labels)
            cells[0, i] = np.resize(np.stack([first, 1 - first]), (steps, labels)).astype(np.uint8)
        variables[name] = cells
    kept = {name: value for name, value in (variables | changes).items() if value is not None}
    savemat(path, kept)
    return path


def images(rows: int = 80, seed: int = 0) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """(N, 8, 8) bytes, a bright bar across (1) or down (0)."""
    chance = np.random.default_rng(seed)
    pixels = chance.integers(0, 60, (rows, 8, 8)).astype(np.uint8)
    labels = chance.integers(0, 2, rows)
    for i, label in enumerate(labels):
        place = int(chance.integers(1, 7))
        pixels[i, place if label else slice(None), slice(None) if label else place] = 255
    return pixels, labels


def write_idx(path: Path, array: NDArray[Any]) -> Path:
    """``array`` of bytes in the format of MNIST, gzipped where the name says so."""
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    content = head + array.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path
