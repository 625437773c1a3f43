"""Pairs of sequences on the device."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from curvewise.cohort.stacked.device import device, put
from curvewise.cohort.stacked.minibatch import Minibatch, Source
from curvewise.data.pairs import Pairs


class PlacedPairs:
    """Pairs; implements ``DeviceExamples``. Steps beyond a length are read, and count for nothing."""

    def __init__(self, pairs: Pairs) -> None:
        self.rows = pairs.rows
        self._source_lengths = pairs.source_lengths.astype(np.int64)
        self._target_lengths = pairs.target_lengths.astype(np.int64)
        self._sources, self._targets = put(pairs.sources.astype(np.int64)), put(pairs.targets)
        self._previous = put(pairs.previous.astype(np.int64))
        self._nothing = torch.zeros(pairs.rows, 0, device=device())

    @property
    def longest(self) -> int:
        """Steps of the longest source or target."""
        return int(max(self._source_lengths.max(initial=1), self._target_lengths.max(initial=1)))

    def take(self, rows: NDArray[np.int64]) -> Minibatch:
        """The minibatches with these row numbers, (K, B)."""
        chosen = torch.from_numpy(rows).to(device())
        read, written = self._source_lengths[rows], self._target_lengths[rows]
        lengths, even = put(written), bool((written == written.max()).all())
        steps = torch.arange(int(written.max()), device=device())
        return Minibatch(
            rows.shape[1],
            self._nothing[chosen],
            _time_first(self._previous, chosen, int(written.max()))[..., None],
            _time_first(self._targets, chosen, int(written.max())).flatten(1),
            lengths,
            None if even else (steps[:, None] < lengths[:, None, :]).flatten(1),
            even,
            Source(
                _time_first(self._sources, chosen, int(read.max())),
                put(read),
                bool((read == read.max()).all()),
            ),
        )


def _time_first(codes: Tensor, chosen: Tensor, steps: int) -> Tensor:
    """Codes (N, T) of the chosen rows (K, B), of the first steps alone: (K, steps, B)."""
    return codes[chosen, :steps].transpose(1, 2)
