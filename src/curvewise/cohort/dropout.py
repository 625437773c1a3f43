"""Dropout whose masks come from a counter and a hash, so that every way of training draws the same.

A mask depends on the trial's seed, the step, the layer and the place in the minibatch alone; no state
is carried, and any mask can be had without those before. The hash is ``lowbias32`` of Wellons
(https://github.com/skeeto/hash-prospector): two multiplications, bias 0.17.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

WEYL = np.uint32(0x9E3779B9)
"""2^32 / golden ratio: consecutive elements start far apart in the hash's domain."""
LAYERS = 64
"""Layers that a step's keys leave room for; the space has at most 4."""


def lowbias32(x: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """A hash of each element, uniform over the 32-bit numbers; same shape."""
    x = x ^ (x >> np.uint32(16))
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    return x


def dropout_mask(seed: int, step: int, layer: int, shape: tuple[int, int], share: float) -> NDArray[np.bool_]:
    """Which activations are kept, (B, H): each with probability ``1 - share``.

    With all arithmetic modulo 2^32: ``key = hash(seed ^ hash(64 step + layer))``, element
    ``e = row H + unit``, kept where ``hash(key + e WEYL) >= share 2^32``. ``step`` counts the trial's
    minibatch steps from 0, ``layer`` the hidden layers from 0; B rows of the minibatch, H units.
    """
    counter = np.array([(step * LAYERS + layer) & 0xFFFFFFFF], dtype=np.uint32)
    key = lowbias32(lowbias32(counter) ^ np.uint32(seed & 0xFFFFFFFF))
    elements = np.arange(shape[0] * shape[1], dtype=np.uint32)
    elements *= WEYL
    elements += key
    return (lowbias32(elements) >= np.uint32(share * 2**32)).reshape(shape)


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
        silent = torch.from_numpy(~kept).reshape(activations.shape)
        return activations.masked_fill(silent, 0.0) / (1 - self.share)

    def extra_repr(self) -> str:
        """What ``print(module)`` shows."""
        return f"share={self.share}"
