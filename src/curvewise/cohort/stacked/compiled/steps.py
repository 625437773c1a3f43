"""Takes steps of an epoch by a compiled program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from curvewise.cohort.input_noise import LAYER
from curvewise.cohort.stacked.chance import Chance
from curvewise.cohort.stacked.compiled.inputs import Inputs, Weights
from curvewise.cohort.stacked.compiled.structure import structure_of
from curvewise.cohort.stacked.layout import WeightLayout
from curvewise.cohort.stacked.stack import Stack
from curvewise.cohort.stacked.update import Coefficients

if TYPE_CHECKING:
    from curvewise.cohort.stacked.compiled.builds import Builds
    from curvewise.cohort.stacked.compiled.program import Program
    from curvewise.cohort.stacked.compiled.structure import Structure
    from curvewise.cohort.stacked.slot import StackedSlot

WINDOW = 64
"""Steps for which coefficients and keys are worked out at once."""
READ = (0, 1, 2, 3, 4, 5, 7)
"""Rows of ``Coefficients.constant`` that go for every parameter: a, b, c, d, e, f and eps."""
COUPLED, LARGEST = 8, 9


@dataclass(frozen=True)
class Compiled:
    """The program for some slots, and what it was compiled for."""

    structure: Structure
    program: Program

    @classmethod
    def of(cls, slots: Sequence[StackedSlot], builds: Builds | None) -> Compiled | None:
        """For slots of one tile; None where there is none (yet)."""
        if builds is None:
            return None
        task = slots[0].split.task
        structure = structure_of([slot.recipe for slot in slots], task)
        if structure is None:
            return None
        # Where slots differ, another epoch's tile may be any mixture of them: one program for all
        mixed = len({structure_of([slot.recipe], task) for slot in slots}) > 1
        wanted, other = structure, structure.superset()
        if mixed:
            wanted, other = other, wanted
        if (program := builds.program(wanted)) is not None:
            return cls(wanted, program)
        return None if (program := builds.kept(other)) is None else cls(other, program)


@dataclass
class Reads:
    """What the steps of an epoch's slots read besides weights."""

    columns: tuple[Tensor, Tensor, Tensor]
    """Numbers, categories and targets of all rows."""
    order: NDArray[np.int64]
    """(K, N) row numbers in the order of the epoch."""
    minibatch: int
    coefficients: Coefficients
    chance: Chance
    smoothing: Tensor | None
    totals: Tensor
    """(3, K), brought up to date."""


class PartCoefficients:
    """``Coefficients`` by parameter instead of by weight; the parameters lie as ``layout`` says."""

    def __init__(self, coefficients: Coefficients, layout: WeightLayout) -> None:
        slots = coefficients.constant.shape[1]
        starts = [part.start for part in layout.trained]
        factors = coefficients.factors
        self._factors = (
            np.ones((len(starts), slots)) if factors is None else factors[:, starts].T.astype(np.float64)
        )
        self._decays = np.array([[len(part.shape) > 1] for part in layout.trained])
        self._changing = coefficients.changing
        every = np.broadcast_to(coefficients.constant[READ, None, :], (len(READ), *self._factors.shape))
        coupled = np.where(self._decays, coefficients.constant[COUPLED] / self._factors, 0.0)
        self.constant = _tensor(np.concatenate([every, coupled[None]]))
        """(8, parts, K), see ``Inputs``."""
        self.largest = _tensor(coefficients.constant[LARGEST])
        """(K,)."""

    def changing(self, start: int, end: int) -> Tensor:
        """Of the steps from ``start`` to ``end``: (steps, 4, parts, K)."""
        pull, scale, shrink, share = self._changing[:, start:end, None, :]
        each = (pull * self._factors, scale, np.where(self._decays, shrink, 1.0), share)
        shape = (len(pull), *self._factors.shape)
        return _tensor(np.stack([np.broadcast_to(rows, shape) for rows in each], axis=1))


def _tensor(array: NDArray[np.float64]) -> Tensor:
    return torch.from_numpy(array.astype(np.float32))


class Steps:
    """Holds copies of a stack's weights for as many steps as are taken in a row."""

    def __init__(self, compiled: Compiled, stack: Stack, reads: Reads) -> None:
        self._compiled, self._stack, self._reads = compiled, stack, reads
        self._weights = Weights.of(stack)
        self._flat = self._weights.flat()
        self._coefficients = PartCoefficients(reads.coefficients, stack.layout)
        zeros = torch.zeros(len(stack.weights), 1)
        self._smoothing = zeros if reads.smoothing is None else reads.smoothing
        self._first, self._end = 0, 0

    def take(self, index: int) -> tuple[Tensor, Tensor]:
        """Step ``index`` of the epoch: losses and gradients' norms (K,); where infinite, weights stay."""
        if not self._first <= index < self._end:
            self._work_out(index)
        reads, at = self._reads, index - self._first
        start = index * reads.minibatch
        rows = np.ascontiguousarray(reads.order[:, start : start + reads.minibatch])
        inputs = Inputs(
            *reads.columns,
            rows=torch.from_numpy(rows),
            keys=self._keys[at],
            limits=reads.chance.limits,
            scales=reads.chance.scales,
            units=reads.chance.units,
            smoothing=self._smoothing,
            largest=self._coefficients.largest,
            constant=self._coefficients.constant,
            changing=self._changing[at],
            totals=reads.totals,
        )
        losses, norms = self._compiled.program([*inputs, *self._flat]).unbind(0)
        return losses, norms

    def rows(self) -> Tensor:
        """The weights as rows (K, P), as they are now."""
        return self._weights.rows(self._stack)

    def settle(self) -> None:
        """Write what was trained into the stack."""
        self._weights.give_to(self._stack)

    def _work_out(self, index: int) -> None:
        self._first, self._end = index, index + WINDOW
        self._changing = self._coefficients.changing(index, self._end)
        layers = [*range(self._compiled.structure.layers), LAYER]
        self._keys = self._reads.chance.keys(layers, range(index, self._end))
