"""What one step of every slot reads, on the device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor


@dataclass
class Source:
    """What an encoder reads: sequences of codes, time first."""

    codes: Tensor
    """(K, T, B), T the longest of the minibatch."""
    lengths: Tensor
    """(K, B) steps of each."""
    even: bool
    """True where all are as long as the longest."""


@dataclass
class Minibatch:
    """Rows of every slot's minibatch; sequences time first, so that a step in time is one piece."""

    rows: int
    """B."""
    numbers: Tensor
    """(K, B, D), (K, T, B, D), or an image's pixels (K, B, S, height, width)."""
    categories: Tensor
    """(K, B, Q), or (K, T, B, Q); of pairs the target's codes of the step before, Q = 1."""
    targets: Tensor
    """(K, S) codes or (K, S, C) numbers."""
    lengths: Tensor | None = None
    """(K, B) steps of each sequence, or of each target; None for rows of a table and images."""
    counted: Tensor | None = None
    """(K, S) True where a step has a target; None where all have."""
    even: bool = True
    """True where all sequences are as long as the longest."""
    source: Source | None = None
    """Of pairs, what is read before anything is written."""


class DeviceExamples(Protocol):
    """Examples on the device; implementations: ``PlacedColumns``, ``PlacedImages``, ``PlacedPairs``."""

    @property
    def rows(self) -> int:
        """N."""
        ...

    @property
    def longest(self) -> int:
        """Steps of the longest sequence; 1 where there are none."""
        ...

    def take(self, rows: NDArray[np.int64]) -> Minibatch:
        """The minibatches with these row numbers, (K, B)."""
        ...
