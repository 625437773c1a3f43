"""Sequences as the engine takes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curvewise.data.examples import Targets


@dataclass(frozen=True)
class Sequences:
    """Sequences of up to T steps, padded at their ends; N sequences, D numbers and Q codes a step.

    What lies beyond a sequence's length is ignored by every way of training.
    """

    numbers: NDArray[np.float32]
    """(N, T, D); D may be 0."""
    categories: NDArray[np.int32]
    """(N, T, Q) codes of what is embedded, such as characters; Q may be 0."""
    lengths: NDArray[np.int32]
    """(N,) steps of each sequence, 1 to T."""
    targets: Targets
    """Of each sequence (N,) codes or (N, 1) numbers; of each step (N, T) codes or (N, T, C) numbers."""
    per_step: bool
    """True where every step has a target."""

    @property
    def rows(self) -> int:
        """N."""
        return len(self.numbers)

    @property
    def inputs(self) -> tuple[NDArray[Any], ...]:
        """numbers, categories, lengths."""
        return self.numbers, self.categories, self.lengths

    @property
    def steps(self) -> NDArray[np.int32] | None:
        """The lengths, where every step has a target."""
        return self.lengths if self.per_step else None

    def first(self, rows: int) -> Sequences:
        """The first sequences alone."""
        return Sequences(
            self.numbers[:rows],
            self.categories[:rows],
            self.lengths[:rows],
            self.targets[:rows],
            self.per_step,
        )
