"""Rows of a table and sequences of them, on the device."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from curvewise.cohort.stacked.device import device, put
from curvewise.cohort.stacked.minibatch import Minibatch
from curvewise.data.examples import Examples


class PlacedColumns:
    """Rows of a table, or sequences of them; implements ``DeviceExamples``."""

    def __init__(self, examples: Examples) -> None:
        numbers, categories, *rest = examples.inputs
        self.rows = examples.rows
        self._lengths: NDArray[np.int64] | None = rest[0].astype(np.int64) if rest else None
        self._per_step = examples.steps is not None
        if self._lengths is not None:
            # What lies beyond a length may be anything, and 0 times that need not be 0
            beyond = np.arange(numbers.shape[1]) >= self._lengths[:, None]
            numbers = np.where(beyond[:, :, None], np.float32(0), numbers)
            categories = np.where(beyond[:, :, None], 0, categories)
        self._numbers = put(numbers)
        self._categories = put(categories.astype(np.int64))
        targets = examples.targets
        self._targets = put(targets if targets.dtype == np.float32 else targets.astype(np.int64))
        self._device_lengths = None if self._lengths is None else put(self._lengths)

    @property
    def longest(self) -> int:
        """Steps of the longest sequence; 1 for rows of a table."""
        return 1 if self._lengths is None else int(self._lengths.max(initial=1))

    @property
    def columns(self) -> tuple[Tensor, Tensor, Tensor]:
        """Numbers (N, ..., D), categories (N, ..., Q) and targets of all rows."""
        return self._numbers, self._categories, self._targets

    def take(self, rows: NDArray[np.int64]) -> Minibatch:
        """The minibatches with these row numbers, (K, B)."""
        chosen = torch.from_numpy(rows).to(device())
        if self._lengths is None:
            each = (self._numbers[chosen], self._categories[chosen], self._targets[chosen])
            return Minibatch(rows.shape[1], *each)
        taken = self._lengths[rows]
        longest = int(taken.max())
        even = bool((taken == longest).all())
        time = torch.arange(longest, device=device())
        assert self._device_lengths is not None
        lengths = self._device_lengths[chosen]
        places = chosen[:, None, :] * self._numbers.shape[1] + time[:, None]
        counted = None
        if self._per_step:
            targets = self._targets.flatten(0, 1)[places].flatten(1, 2)
            counted = None if even else (time[:, None] < lengths[:, None, :]).flatten(1)
        else:
            targets = self._targets[chosen]
        return Minibatch(
            rows.shape[1],
            self._numbers.flatten(0, 1)[places],
            self._categories.flatten(0, 1)[places],
            targets,
            lengths,
            counted,
            even,
        )
