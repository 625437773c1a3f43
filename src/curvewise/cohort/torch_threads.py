"""How torch computes while slots train on a processor."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Train on one torch thread, denormals flushed to zero; the caller's settings come back.

    More threads cost more than they bring on small products. Adam's moments of a dead unit become
    denormal after some 800 steps, and slow every step from then on.
    """
    threads = torch.get_num_threads()
    if threads != 1:
        torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
        if threads != 1:
            torch.set_num_threads(threads)
