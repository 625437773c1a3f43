"""What training sequences taught, as data: how new ones are encoded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from curvewise.data.examples import Targets
from curvewise.data.sequences import Sequences
from curvewise.data.targets import LabelsTarget, NumberTarget, Target
from curvewise.errors import DataError


class SequencePreprocessing(msgspec.Struct, frozen=True, tag_field="kind", tag="sequences"):
    """Standardised by number: (x - mean) / deviation over all steps of the training sequences.

    Labels that are there or not stay 0 and 1: means 0, deviations 1.
    """

    means: tuple[float, ...]
    """(D,)."""
    deviations: tuple[float, ...]
    """(D,), 1 where a number never differs."""
    target: Target

    @property
    def per_step(self) -> bool:
        """True where every step has a target: the step after it."""
        return isinstance(self.target, LabelsTarget)

    def encode(self, steps: Sequence[NDArray[Any]], targets: Targets | None, source: str) -> Sequences:
        """Sequences (T_i, D) padded with zeros to the longest; ``targets`` None: zeros.

        Raises DataError where a step has not as many numbers as those trained on.
        """
        lengths = np.array([len(values) for values in steps], dtype=np.int32)
        time, width = int(lengths.max(initial=1)), len(self.means)
        numbers = np.zeros((len(steps), time, width), dtype=np.float32)
        means, deviations = np.array(self.means), np.array(self.deviations)
        for i, values in enumerate(steps):
            if values.shape[1] != width:
                raise DataError(
                    f"Sequence {i + 1} of {source} has {values.shape[1]} numbers a step; the network was "
                    f"trained on {width}."
                )
            numbers[i, : len(values)] = (values - means) / deviations
        categories = np.zeros((len(steps), time, 0), dtype=np.int32)
        filled = self._no_targets(len(steps), time) if targets is None else targets
        for array in (numbers, categories, lengths, filled):
            array.setflags(write=False)
        return Sequences(numbers, categories, lengths, filled, self.per_step)

    def furthest(self, train: Sequence[NDArray[Any]]) -> float:
        """Deviations from the mean of the number of ``train`` (T_i, D) furthest from it."""
        ends = np.array([end for values in train for end in (values.max(axis=0), values.min(axis=0))])
        return float(np.abs((ends - np.array(self.means)) / np.array(self.deviations)).max())

    def _no_targets(self, rows: int, time: int) -> Targets:
        match self.target:
            case LabelsTarget():
                return np.zeros((rows, time, len(self.target.labels)), dtype=np.float32)
            case NumberTarget():
                return np.zeros((rows, 1), dtype=np.float32)
            case _:
                return np.zeros(rows, dtype=np.int64)


def fit_sequences(train: Sequence[NDArray[Any]], target: Target) -> SequencePreprocessing:
    """From the training sequences alone."""
    width = train[0].shape[1]
    if isinstance(target, LabelsTarget):
        return SequencePreprocessing((0.0,) * width, (1.0,) * width, target)
    together = np.concatenate(train).astype(np.float64)
    deviations = together.std(axis=0)
    deviations = np.where(deviations > 0, deviations, 1.0)
    return SequencePreprocessing(tuple(together.mean(axis=0).tolist()), tuple(deviations.tolist()), target)
