"""Rows as the engine takes them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Examples:
    """Encoded rows; N rows, D numbers, Q embedded category columns, C classes.

    All arrays are C-contiguous and read-only.
    """

    numbers: NDArray[np.float32]
    """(N, D): standardised numbers, their missing flags, one-hot categories."""
    categories: NDArray[np.int32]
    """(N, Q): codes of the categories that are embedded; code 0 is unseen, rare or missing."""
    targets: NDArray[np.int64] | NDArray[np.float32]
    """(N,) class codes 0..C-1, or (N, 1) standardised numbers."""

    @property
    def rows(self) -> int:
        """N."""
        return len(self.numbers)


@dataclass(frozen=True)
class Split:
    """Train and validation rows in one encoding, with what a network must know of them."""

    train: Examples
    valid: Examples
    cardinalities: tuple[int, ...]
    """Codes of each embedded column, code 0 included; length Q."""
    outputs: int
    """C classes, or 1 for a regression."""
    target_scale: float
    """RMSE in standardised units x this = RMSE in the target's own unit; 1.0 for classes."""

    @property
    def task(self) -> str:
        """``classification`` or ``regression``."""
        return "regression" if self.train.targets.dtype == np.float32 else "classification"

    @property
    def inputs(self) -> int:
        """D, the width of ``numbers``."""
        return int(self.train.numbers.shape[1])
