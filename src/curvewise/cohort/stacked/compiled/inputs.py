"""What a compiled step reads and writes: tensors in one order, made of an epoch's slots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from curvewise.cohort.input_noise import LAYER
from curvewise.cohort.stacked.compiled.structure import MINIBATCH, ROWS, SLOTS, Structure
from curvewise.cohort.stacked.layout import Part, WeightLayout, layout_of
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
        zeros = None
        if stack.first is None or stack.second is None:
            zeros = torch.zeros_like(stack.trained, memory_format=torch.contiguous_format)
        return cls(
            _pieces(parts, stack.weights),
            _pieces(parts, zeros if stack.first is None else stack.first),
            _pieces(parts, zeros if stack.second is None else stack.second),
            _pieces(stack.layout.fixed, stack.weights),
            [stack.statistics[name] for name, _ in stack.layout.statistics],
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
        for rows, pieces in (
            (stack.weights, self.trained),
            (stack.first, self.first),
            (stack.second, self.second),
        ):
            if rows is not None:
                for part, piece in zip(stack.layout.trained, pieces, strict=True):
                    part.of(rows).copy_(piece)

    def rows(self, stack: Stack) -> Tensor:
        """The weights as rows (K, P)."""
        rows = stack.weights.clone()
        for part, piece in zip(stack.layout.trained, self.trained, strict=True):
            part.of(rows).copy_(piece)
        return rows

    def named(self, layout: WeightLayout, leaves: Sequence[Tensor]) -> Mapping[str, Tensor]:
        """What a forward pass reads, ``leaves`` standing for what is trained."""
        statistics = [name for name, _ in layout.statistics]
        names = [*(part.name for part in layout.trained), *(part.name for part in layout.fixed), *statistics]
        return dict(zip(names, [*leaves, *self.fixed, *self.statistics], strict=True))


def _pieces(parts: Sequence[Part], rows: Tensor | None) -> list[Tensor]:
    assert rows is not None
    return [part.of(rows).clone(memory_format=torch.contiguous_format) for part in parts]


def example(structure: Structure) -> list[Tensor]:
    """Tensors to trace a step of this structure with."""
    shape = structure.example()
    layout = layout_of(shape)
    codes = structure.task == "classification"
    targets = torch.zeros(ROWS, dtype=torch.int64) if codes else torch.zeros(ROWS, shape.outputs)
    parts, column = len(layout.trained), torch.ones(SLOTS, 1)
    whole = torch.zeros(SLOTS, 1, dtype=torch.int32)
    inputs = Inputs(
        numbers=torch.zeros(ROWS, shape.inputs),
        categories=torch.zeros(ROWS, structure.columns, dtype=torch.int64),
        targets=targets,
        rows=torch.zeros(SLOTS, MINIBATCH, dtype=torch.int64),
        keys=torch.zeros(structure.layers + 1, SLOTS, 1, dtype=torch.int32),
        limits=whole,
        scales=column,
        units=column.clone(),
        smoothing=column.clone(),
        largest=torch.ones(SLOTS),
        constant=torch.ones(8, parts, SLOTS),
        changing=torch.ones(4, parts, SLOTS),
        totals=torch.zeros(3, SLOTS, dtype=torch.float64),
    )
    names = {name: torch.ones(SLOTS, size) for name, size in layout.statistics}
    row = torch.ones(SLOTS, layout.size)
    moments = torch.ones(SLOTS, layout.trained_size)
    return [*inputs, *Weights.of(Stack(layout, row, moments, moments, names)).flat()]


def layers(structure: Structure) -> list[int]:
    """The layers whose keys a step reads, by their numbers in ``counter_hash``."""
    return [*range(structure.layers), LAYER]
