"""What a compiled step reads and writes: tensors in one order, made of an epoch's slots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from curvewise.cohort.stacked.layout import Part, WeightLayout
from curvewise.cohort.stacked.stack import Stack


class Inputs(NamedTuple):
    """All but the weights of a step of K slots; N rows of training examples, L hidden layers."""

    numbers: Tensor
    """(N, D)."""
    categories: Tensor
    """(N, Q) int64."""
    targets: Tensor
    """(N,) int64 or (N, C) float."""
    rows: Tensor
    """(K, B) int64, row numbers of each slot's minibatch."""
    keys: Tensor
    """(L + 1, K, 1) int32: of the hashes of every layer's dropout, and of the noise."""
    limits: Tensor
    """(K, 1), see ``Chance``; the next two also."""
    scales: Tensor
    units: Tensor
    smoothing: Tensor
    """(K, 1): label smoothing."""
    largest: Tensor
    """(K,): the norm to clip to, infinite where none is."""
    constant: Tensor
    """(8, parts, K): a, b, c, d, e, f, eps and coupled decay of ``update``, of every parameter."""
    changing: Tensor
    """(4, parts, K): pull, s, shrink and Schedule-Free's share in this step."""
    totals: Tensor
    """(3, K) float64, ``losses.totals`` so far; brought up to date."""


class Weights(NamedTuple):
    """Everything of K slots that a step reads by name; all but ``fixed`` are brought up to date.

    Every parameter is a tensor (K, ...) of its own, side by side in memory.
    """

    trained: list[Tensor]
    first: list[Tensor]
    second: list[Tensor]
    fixed: list[Tensor]
    statistics: list[Tensor]

    @classmethod
    def of(cls, stack: Stack) -> Weights:
        """Copies of what a stack holds in rows; running statistics are the stack's own."""
        parts = stack.layout.trained
        trained = _pieces(parts, stack.weights)
        first, second = (
            [torch.zeros_like(piece) for piece in trained] if rows is None else _pieces(parts, rows)
            for rows in (stack.first, stack.second)
        )
        fixed = _pieces(stack.layout.fixed, stack.weights)
        return cls(
            trained, first, second, fixed, [stack.statistics[name] for name, _ in stack.layout.statistics]
        )

    @classmethod
    def cut(cls, layout: WeightLayout, tensors: Sequence[Tensor]) -> Weights:
        """Of ``flat``."""
        count, rest = len(layout.trained), iter(tensors)
        sizes = (count, count, count, len(layout.fixed), len(layout.statistics))
        return cls(*([next(rest) for _ in range(size)] for size in sizes))

    def flat(self) -> list[Tensor]:
        """All of them in order."""
        return [tensor for tensors in self for tensor in tensors]

    def give_to(self, stack: Stack) -> None:
        """Write what was trained into the stack's rows."""
        parts = stack.layout.trained
        for rows, pieces in zip((stack.weights, stack.first, stack.second), self[:3], strict=True):
            if rows is not None:
                _put(parts, pieces, rows)

    def rows(self, stack: Stack) -> Tensor:
        """The weights as rows (K, P)."""
        rows = stack.weights.clone()
        _put(stack.layout.trained, self.trained, rows)
        return rows

    def named(self, layout: WeightLayout, leaves: Sequence[Tensor]) -> Mapping[str, Tensor]:
        """What a forward pass reads, ``leaves`` standing for what is trained."""
        statistics = [name for name, _ in layout.statistics]
        names = [*(part.name for part in layout.trained), *(part.name for part in layout.fixed), *statistics]
        return dict(zip(names, [*leaves, *self.fixed, *self.statistics], strict=True))


def _pieces(parts: Sequence[Part], rows: Tensor) -> list[Tensor]:
    return [part.of(rows).clone(memory_format=torch.contiguous_format) for part in parts]


def _put(parts: Sequence[Part], pieces: Sequence[Tensor], rows: Tensor) -> None:
    for part, piece in zip(parts, pieces, strict=True):
        part.of(rows).copy_(piece)
