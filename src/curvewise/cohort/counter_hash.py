"""Random numbers from a counter and a hash, so that every way of training draws the same; no torch here.

A number depends on the trial's seed, the step, the layer and the place in the minibatch alone; no state
is carried, and any can be had without those before. The hash is ``lowbias32`` of Wellons
(https://github.com/skeeto/hash-prospector): two multiplications, bias 0.17.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

WEYL = np.uint32(0x9E3779B9)
"""2^32 / golden ratio: consecutive elements start far apart in the hash's domain."""
LAYERS = 64
"""Layers that a step's keys leave room for; the space has at most 4. The last one is the inputs' noise."""


def lowbias32(x: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """A hash of each element, uniform over the 32-bit numbers; same shape."""
    x = x ^ (x >> np.uint32(16))
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    return x


def hashes(seed: int, step: int, layer: int, count: int) -> NDArray[np.uint32]:
    """``count`` hashes, uniform over the 32-bit numbers.

    With all arithmetic modulo 2^32: ``key = hash(seed ^ hash(64 step + layer))``, and element ``e`` gets
    ``hash(key + e WEYL)``. ``step`` counts the trial's minibatch steps from 0.
    """
    counter = np.array([(step * LAYERS + layer) & 0xFFFFFFFF], dtype=np.uint32)
    key = lowbias32(lowbias32(counter) ^ np.uint32(seed & 0xFFFFFFFF))
    elements = np.arange(count, dtype=np.uint32)
    elements *= WEYL
    elements += key
    return lowbias32(elements)
