"""Images on the device."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from curvewise.cohort.stacked.device import device, put
from curvewise.cohort.stacked.minibatch import Minibatch
from curvewise.data.images import Images


class PlacedImages:
    """Images; implements ``DeviceExamples``."""

    longest = 1

    def __init__(self, images: Images) -> None:
        self.rows = images.rows
        self._pixels = put(images.pixels)
        self._categories = torch.zeros(images.rows, 0, dtype=torch.int64, device=device())
        self._targets = put(images.targets)

    def take(self, rows: NDArray[np.int64]) -> Minibatch:
        """The minibatches with these row numbers, (K, B)."""
        chosen = torch.from_numpy(rows).to(device())
        each = (self._pixels[chosen], self._categories[chosen], self._targets[chosen])
        return Minibatch(rows.shape[1], *each)
