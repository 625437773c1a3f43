"""Noise on a network's inputs while it trains; every way of training draws the same. No torch here.

A remedy against overfitting (Bishop 1995, doi 10.1162/neco.1995.7.1.108: to first order it is a penalty
on the slope of the outputs), and a way to make data harder on purpose.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curvewise.cohort.counter_hash import LAYERS, hashes

LAYER = LAYERS - 1
"""The layer number of the noise's hashes; no hidden layer has it."""
CENTRE = 510
"""Four bytes of 0 to 255 sum up to this on average."""
DEVIATION = float(np.sqrt(4 * (256**2 - 1) / 12))
"""Standard deviation of the sum of four bytes: 147.8."""


def noise_unit(deviation: float) -> np.float32:
    """What a sum of four bytes, less its mean, is multiplied by, for noise of this standard deviation.

    Kept to 12 significant bits: its product with a whole number up to 510 is then exact in float32, so
    that kernels which add in one rounding and those which take two come to the same inputs.
    """
    unit = np.array(deviation / DEVIATION, dtype=np.float32)
    return np.float32((unit.view(np.uint32) & np.uint32(0xFFFFF000)).view(np.float32))


def input_noise(seed: int, step: int, count: int, deviation: float) -> NDArray[np.float32]:
    """Noise (count,) of this standard deviation, about normal; element ``e`` of the inputs gets the e-th.

    The sum of four independent uniform numbers (Irwin and Hall), the bytes of one hash of
    ``counter_hash.hashes`` at layer 63, shifted and scaled: symmetric, within 3.45 deviations, kurtosis
    2.7 where a normal has 3.
    """
    drawn = hashes(seed, step, LAYER, count)
    total = drawn.view(np.uint8).reshape(count, 4).sum(axis=1, dtype=np.int32)
    noise: NDArray[np.float32] = (total - CENTRE).astype(np.float32) * noise_unit(deviation)
    return noise


def add_noise(inputs: NDArray[np.float32], seed: int, step: int, deviation: float) -> NDArray[np.float32]:
    """Inputs of a minibatch (B, ...), noise added; of sequences (B, T, D), elements are numbered time first.

    ``e = row D + column`` of rows of a table (an image's pixels in a row), ``e = (t B + row) D + column`` of
    sequences, as for dropout. Codes are names, and stay as they are.
    """
    if inputs.dtype != np.float32:
        return inputs
    if inputs.ndim == 3:
        rows, time, columns = inputs.shape
        noise = input_noise(seed, step, inputs.size, deviation).reshape(time, rows, columns)
        return inputs + noise.transpose(1, 0, 2)
    return inputs + input_noise(seed, step, inputs.size, deviation).reshape(inputs.shape)
