"""In which order a trial sees its training rows."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray


def minibatch_order(seed: int, epoch: int, rows: int) -> NDArray[np.int32]:
    """A permutation of the rows for this epoch: (rows,), the same for every way of training.

    Minibatches are consecutive pieces of it, the last one smaller where the minibatch size does
    not divide the rows. Keyed by (seed, epoch), so any epoch can be had without the ones before: it is
    ``Generator(Philox(key=[seed, epoch])).permutation(rows)``.
    """
    bits = _philox()
    _kept.state["state"]["key"][:] = seed, epoch
    bits.state = _kept.state
    order: NDArray[np.int32] = _kept.generator.permutation(rows).astype(np.int32)
    return order


def _philox() -> Any:
    """A generator's bits per thread: to set their state takes a fifth of the time that making one does."""
    if getattr(_kept, "bits", None) is None:
        _kept.bits = np.random.Philox(key=[0, 0])
        _kept.state, _kept.generator = _kept.bits.state, np.random.Generator(_kept.bits)
    return _kept.bits


_kept = threading.local()
