"""What one more epoch of a configuration will cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from curvewise.records import Configuration, Opened
from curvewise.records.extent import Extent, ImageExtent, RowExtent, SequenceExtent
from curvewise.search import counts
from curvewise.search.counts import Count

MEMORY = 2 << 30
"""Bytes that the slots may take together: a study fits beside other programs on a machine of 8 GiB."""

BYTES = 16
"""Of each weight: itself, two moments of the optimizer, and its value when the error was least."""


@dataclass(frozen=True)
class Sizes:
    """What the data say of a network's size."""

    rows: int
    """N training rows."""
    inputs: Mapping[str, int]
    """Width of the encoded rows, by encoding."""
    cardinalities: Sequence[int]
    """Codes of each embedded column."""
    outputs: int
    extent: Extent = field(default_factory=RowExtent)
    """What one example is made of, which also tells the family of networks."""

    @classmethod
    def of(cls, opened: Opened) -> Sizes:
        """Read them from the study's beginning."""
        return cls(opened.rows["train"], opened.inputs, opened.cardinalities, opened.outputs, opened.extent)

    def parameters(self, configuration: Configuration) -> int:
        """Weights, biases and embeddings of the network that ``configuration`` describes; norms aside."""
        return self._count(configuration).parameters

    def products(self, configuration: Configuration) -> float:
        """Multiplications of the forward pass over all training examples."""
        return self._passed * self._count(configuration).multiplications

    @cached_property
    def _passed(self) -> int:
        """How often an epoch passes through the network: once a row or image, or once a step."""
        return self.extent.steps if isinstance(self.extent, SequenceExtent) else self.rows

    @cached_property
    def _longest(self) -> int:
        """Passes that follow one another within a step: those of a sequence's steps."""
        return self.extent.longest if isinstance(self.extent, SequenceExtent) else 1

    def _count(self, configuration: Configuration) -> Count:
        match self.extent:
            case RowExtent():
                inputs = self._inputs(configuration)
                return counts.perceptron(configuration, inputs, self.cardinalities, self.outputs)
            case SequenceExtent():
                inputs = self._inputs(configuration)
                return counts.recurrent(configuration, inputs, self.cardinalities, self.outputs)
            case ImageExtent():
                return counts.convolutional(configuration, self.extent, self.outputs)

    def _inputs(self, configuration: Configuration) -> int:
        """Numbers that a network reads; raw ones are as many as scaled ones."""
        encoding = configuration.word("encoding")
        return self.inputs["plain" if encoding == "raw" else encoding]

    def fit(self, configuration: Configuration) -> int:
        """How many slots of ``configuration`` fit into memory; at least 1."""
        return max(1, MEMORY // self.bytes(configuration))

    def bytes(self, configuration: Configuration) -> int:
        """Memory that a slot takes."""
        return BYTES * self.parameters(configuration)

    def steps(self, configuration: Configuration) -> int:
        """Steps of one epoch."""
        return -(-self.rows // min(self.rows, int(configuration.number("minibatch"))))

    def effort(self, configuration: Configuration) -> float:
        """Seconds of one epoch on a nominal machine: 6 operations per multiplication at 40 G/s, 28 bytes
        per weight and step for the optimizer's update at 20 GB/s, 5 microseconds per step (of time, too)."""
        count, steps = self.parameters(configuration), self.steps(configuration)
        return (
            6 * self.products(configuration) / 40e9 + 28 * steps * count / 20e9 + 5e-6 * steps * self._longest
        )


class Cost:
    r"""Seconds of one epoch, learnt from the epochs trained so far.

    .. math:: s = c_0 M + c_1 n P + c_2 n + c_3

    with M multiplications of the forward pass over the training examples (N P for N rows), P
    parameters and n = ceil(N / minibatch) steps: products, optimizer updates, what a step costs
    whatever its size, what an epoch costs. The c are least squares with c >= 0, each trial weighted
    by 1 / s so that small networks count as much as large ones.
    """

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes
        self._terms: list[NDArray[np.float64]] = []
        self._seconds: list[float] = []
        self._coefficients: NDArray[np.float64] | None = None
        self._fitted_at = 0

    def observe(self, configuration: Configuration, seconds: float) -> None:
        """Take in the mean seconds per epoch of one trial."""
        if seconds <= 0:
            return
        self._terms.append(self._describe(configuration))
        self._seconds.append(seconds)
        # Refitted whenever the evidence has doubled: when depends on the history alone, never on
        # who asks, so that a replayed history gives the same costs.
        if len(self._terms) >= 2 * self._fitted_at:
            weight = 1 / np.asarray(self._seconds)
            self._coefficients = least_squares(
                np.asarray(self._terms) * weight[:, None], np.ones(len(weight))
            )
            self._fitted_at = len(self._terms)

    def seconds(self, configuration: Configuration) -> float:
        """Expected seconds of one epoch; 0 while nothing is known."""
        if self._coefficients is None:
            return 0.0
        return float(self._describe(configuration) @ self._coefficients)

    def _describe(self, configuration: Configuration) -> NDArray[np.float64]:
        count, steps = self._sizes.parameters(configuration), self._sizes.steps(configuration)
        return np.array([self._sizes.products(configuration), steps * count, steps, 1.0])


def least_squares(terms: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The c >= 0 (k,) of least ``|terms c - values|``, terms (n, k).

    Exact, by trying every set of terms that may be above zero: 15 of them for k = 4. (scipy's nnls
    takes half a second to load.)
    """
    scale = np.abs(terms).max(axis=0)
    scaled = terms / np.where(scale > 0, scale, 1.0)
    best, least = np.zeros(terms.shape[1]), float(values @ values)
    for size in range(1, terms.shape[1] + 1):
        for chosen in combinations(range(terms.shape[1]), size):
            part = scaled[:, chosen]
            found = np.linalg.lstsq(part, values, rcond=None)[0]
            residual = float(np.sum((part @ found - values) ** 2))
            if (found >= 0).all() and residual < least:
                best, least = np.zeros(terms.shape[1]), residual
                best[list(chosen)] = found
    return best / np.where(scale > 0, scale, 1.0)
