"""Dropout whose masks come from a counter and a hash, so that every way of training draws the same.

A mask depends on the trial's seed, the step, the layer and the place in the minibatch alone
(``counter_hash``).
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from curvewise.cohort.counter_hash import hashes


def dropout_mask(seed: int, step: int, layer: int, shape: tuple[int, int], share: float) -> NDArray[np.bool_]:
    """Which activations are kept, (B, H): each with probability ``1 - share``.

    Element ``e = row H + unit`` is kept where its hash is ``share 2^32`` or more. ``step`` counts the
    trial's minibatch steps from 0, ``layer`` the hidden layers from 0; B rows of the minibatch, H units.
    """
    drawn = hashes(seed, step, layer, shape[0] * shape[1])
    return (drawn >= np.uint32(share * 2**32)).reshape(shape)


class HashDropout(nn.Module):
    """``nn.Dropout`` that takes its mask from ``dropout_mask`` where ``moment`` is set.

    In evaluation it passes its input on. In training it zeroes a ``share`` of the units and divides
    the rest by ``1 - share``; without a ``moment`` the mask is torch's own, so the module trains
    anywhere.
    """

    def __init__(self, share: float, layer: int) -> None:
        super().__init__()
        self.share = share
        self.layer = layer
        self.moment: tuple[int, int] | None = None
        """(seed, step) of the step about to be taken."""

    def forward(self, activations: Tensor) -> Tensor:
        """Activations (..., H) in, the same with some silenced out."""
        if not self.training or self.share == 0:
            return activations
        if self.moment is None:
            return functional.dropout(activations, self.share)
        units = activations.shape[-1]
        kept = dropout_mask(*self.moment, self.layer, (activations.numel() // units, units), self.share)
        silent = torch.from_numpy(~kept).reshape(activations.shape).to(activations.device)
        return activations.masked_fill(silent, 0.0) / (1 - self.share)

    def extra_repr(self) -> str:
        """What ``print(module)`` shows."""
        return f"share={self.share}"
