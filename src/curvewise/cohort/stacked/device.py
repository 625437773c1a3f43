"""Where stacked slots are computed, and the examples that lie there."""

from __future__ import annotations

import functools
import weakref
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from curvewise.data.examples import Examples


@functools.cache
def device() -> torch.device:
    """The GPU where there is one, else the processor; chosen once."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


@dataclass
class Minibatch:
    """Rows of every slot's minibatch; sequences time first, so that a step in time is one piece."""

    numbers: Tensor
    """(K, B, D), or (K, T, B, D)."""
    categories: Tensor
    """(K, B, Q), or (K, T, B, Q)."""
    targets: Tensor
    """(K, S) codes or (K, S, C) numbers."""
    lengths: Tensor | None
    """(K, B) steps of each sequence; None for rows of a table."""
    counted: Tensor | None
    """(K, S) True where a step has a target; None where all have."""
    even: bool
    """True where all sequences are as long as the longest."""


class DeviceExamples:
    """Examples on the device: rows of a table or sequences, copied there once."""

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
        self._numbers = self._put(numbers)
        self._categories = self._put(categories.astype(np.int64))
        targets = examples.targets
        self._targets = self._put(targets if targets.dtype == np.float32 else targets.astype(np.int64))
        self._device_lengths = None if self._lengths is None else self._put(self._lengths)

    @property
    def longest(self) -> int:
        """Steps of the longest sequence; 1 for rows of a table."""
        return 1 if self._lengths is None else int(self._lengths.max(initial=1))

    def take(self, rows: NDArray[np.int64]) -> Minibatch:
        """The minibatches with these row numbers, (K, B)."""
        chosen = torch.from_numpy(rows).to(device())
        if self._lengths is None:
            return Minibatch(
                self._numbers[chosen], self._categories[chosen], self._targets[chosen], None, None, even=True
            )
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
            self._numbers.flatten(0, 1)[places],
            self._categories.flatten(0, 1)[places],
            targets,
            lengths,
            counted,
            even,
        )

    @staticmethod
    def _put(array: NDArray[Any]) -> Tensor:
        # A copy, because examples are read-only, which torch cannot promise to respect
        return torch.tensor(array, device=device())


_placed: dict[int, tuple[weakref.ref[Examples], DeviceExamples]] = {}


def place(examples: Examples) -> DeviceExamples:
    """``examples`` on the device: copied at the first call, kept for as long as they live."""
    found = _placed.get(id(examples))
    if found is None or found[0]() is not examples:
        key = id(examples)
        found = (weakref.ref(examples, lambda _: _placed.pop(key, None)), DeviceExamples(examples))
        _placed[key] = found
    return found[1]
