"""Where every parameter of a network lies in a slot's row of weights."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

from torch import Tensor

from curvewise.cohort.families.network import blank
from curvewise.cohort.families.shape import Shape


@dataclass(frozen=True)
class Part:
    """One parameter: P[start : start + size] of a row, as ``shape``."""

    name: str
    shape: tuple[int, ...]
    start: int

    @property
    def size(self) -> int:
        """Numbers in it."""
        return math.prod(self.shape)

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + self.size

    def of(self, rows: Tensor) -> Tensor:
        """Its view in ``rows`` (..., P): (..., *shape)."""
        piece = rows[..., self.start : self.end]
        return piece.view(*rows.shape[:-1], *self.shape)


@dataclass(frozen=True)
class WeightLayout:
    """A row holds trained matrices first (those are decayed), trained vectors, then what is not trained."""

    trained: tuple[Part, ...]
    fixed: tuple[Part, ...]
    statistics: tuple[tuple[str, int], ...]
    """Name and size of every running mean and variance; they are kept beside the row."""
    names: tuple[str, ...]
    """Of all parameters, in the network's own order."""
    counts: tuple[str, ...]
    """Names of the counts of minibatches seen."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """All parameters."""
        return self.trained + self.fixed

    @property
    def decayed_size(self) -> int:
        """Numbers in trained matrices: weight decay is for those."""
        return sum(part.size for part in self.trained if len(part.shape) > 1)

    @property
    def trained_size(self) -> int:
        """Numbers that the optimizer moves."""
        return sum(part.size for part in self.trained)

    @property
    def size(self) -> int:
        """P."""
        return sum(part.size for part in self.parts)


@functools.lru_cache(maxsize=1024)
def layout_of(shape: Shape) -> WeightLayout:
    """The layout of a network of ``shape``, read off its module."""
    network = blank(shape)
    named = [(n, tuple(p.shape), p.requires_grad) for n, p in network.named_parameters()]
    matrices = [(n, s) for n, s, trained in named if trained and len(s) > 1]
    vectors = [(n, s) for n, s, trained in named if trained and len(s) <= 1]
    fixed = [(n, s) for n, s, trained in named if not trained]
    parts: list[Part] = []
    start = 0
    for name, size in [*matrices, *vectors, *fixed]:
        parts.append(Part(name, size, start))
        start += parts[-1].size
    buffers = [(name, buffer.numel(), buffer.ndim) for name, buffer in network.named_buffers()]
    count = len(matrices) + len(vectors)
    return WeightLayout(
        trained=tuple(parts[:count]),
        fixed=tuple(parts[count:]),
        statistics=tuple((name, size) for name, size, axes in buffers if axes),
        names=tuple(name for name, _, _ in named),
        counts=tuple(name for name, _, axes in buffers if not axes),
    )
