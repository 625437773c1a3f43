"""Examples as the engine takes them, whatever they are of: rows of a table, sequences, images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray

Task = Literal["classification", "regression", "multilabel"]
"""classification: one class of C, error = share wrong · regression: one number, error = RMSE ·
multilabel: C labels that are there or not, error = loss = nats per example (or step)."""

Targets = NDArray[np.int64] | NDArray[np.float32]


class Examples(Protocol):
    """N examples; implementations: ``TableRows``, ``Sequences``, ``Images``, ``Pairs``.

    Arrays are C-contiguous, read-only, and have the examples along their first axis.
    """

    @property
    def rows(self) -> int:
        """N."""
        ...

    @property
    def inputs(self) -> tuple[NDArray[Any], ...]:
        """What the network's ``forward`` takes, in order."""
        ...

    @property
    def targets(self) -> Targets:
        """(N,) codes, (N, C) numbers; with a target at every step (N, T) codes or (N, T, C) numbers."""
        ...

    @property
    def steps(self) -> NDArray[np.int32] | None:
        """(N,) how many steps of each example have a target; None where each has a single one."""
        ...

    def first(self, rows: int) -> Self:
        """The first examples alone, as views."""
        ...


@dataclass(frozen=True)
class TableRows:
    """Encoded rows of a table; N rows, D numbers, Q embedded category columns, C classes."""

    numbers: NDArray[np.float32]
    """(N, D): standardised numbers, their missing flags, one-hot categories."""
    categories: NDArray[np.int32]
    """(N, Q): codes of the categories that are embedded; code 0 is unseen, rare or missing."""
    targets: Targets
    """(N,) class codes 0..C-1, or (N, 1) standardised numbers."""

    @property
    def rows(self) -> int:
        """N."""
        return len(self.numbers)

    @property
    def inputs(self) -> tuple[NDArray[Any], ...]:
        """numbers, categories."""
        return self.numbers, self.categories

    @property
    def steps(self) -> None:
        """A row has one target."""
        return

    def first(self, rows: int) -> TableRows:
        """The first rows alone."""
        return TableRows(self.numbers[:rows], self.categories[:rows], self.targets[:rows])


@dataclass(frozen=True)
class Split:
    """Train and validation examples in one encoding, with what a network must know of them."""

    train: Examples
    valid: Examples
    cardinalities: tuple[int, ...]
    """Codes of each embedded column, code 0 included; length Q."""
    outputs: int
    """C classes or labels, or 1 for a regression."""
    target_scale: float
    """RMSE in standardised units x this = RMSE in the target's own unit; 1.0 for classes."""
    task: Task
