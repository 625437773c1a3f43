"""In which order a trial sees its training rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def minibatch_order(seed: int, epoch: int, rows: int) -> NDArray[np.int32]:
    """A permutation of the rows for this epoch: (rows,), the same for every way of training.

    Minibatches are consecutive pieces of it, the last one smaller where the minibatch size does
    not divide the rows. Keyed by (seed, epoch), so any epoch can be had without the ones before.
    """
    generator = np.random.Generator(np.random.Philox(key=[seed, epoch]))
    return generator.permutation(rows).astype(np.int32)
