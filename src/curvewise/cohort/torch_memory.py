"""Tells torch's want of memory from its other errors."""

from __future__ import annotations

import torch


def is_of_memory(error: Exception) -> bool:
    """True where memory could not be had: on a processor torch says so by a plain RuntimeError."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
