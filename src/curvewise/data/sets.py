"""Sequences and images as they were read, before anything is learnt from them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from curvewise.data.splits import Rows

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, eq=False)
class SequenceSet:
    """N sequences, each of as many steps as it has."""

    steps: tuple[NDArray[Any], ...]
    """Numbers of each sequence (T_i, D), finite."""
    targets: pl.Series | None
    """(N,) a value for each sequence; None where every step's target is the step after it."""
    source: str
    """What the user called it: a path, or the kind of object given."""
    given: Mapping[str, Rows] | None = None
    """Which rows the file itself sets aside: ``train`` and ``test``, perhaps ``valid``; None: the split
    is ours to draw."""
    notes: tuple[str, ...] = ()
    """What the user should know of the reading."""

    @property
    def rows(self) -> int:
        """N."""
        return len(self.steps)

    def fingerprint(self) -> str:
        """SHA-256 over the steps, targets and parts, as hexadecimal digits."""
        return _digest(self.steps, self.targets, self.given)


@dataclass(frozen=True, eq=False)
class ImageSet:
    """N images of one size."""

    pixels: NDArray[Any]
    """(N, height, width, channels), finite."""
    targets: pl.Series | None
    """(N,) a value for each image; None for new images to predict."""
    source: str
    given: Mapping[str, Rows] | None = None
    """As for sequences."""
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """N."""
        return len(self.pixels)

    def fingerprint(self) -> str:
        """SHA-256 over the pixels, targets and parts, as hexadecimal digits."""
        return _digest((self.pixels,), self.targets, self.given)


def _digest(
    arrays: Iterable[NDArray[Any]], targets: pl.Series | None, given: Mapping[str, Rows] | None
) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.shape}|{array.dtype}|".encode())
        digest.update(np.ascontiguousarray(array).data)
    if targets is not None:
        digest.update("\0".join(str(value) for value in targets).encode())
    for name, rows in sorted((given or {}).items()):
        digest.update(f"{name}|".encode())
        digest.update(np.ascontiguousarray(rows).data)
    return digest.hexdigest()
