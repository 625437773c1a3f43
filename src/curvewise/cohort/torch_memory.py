"""Tells torch's want of memory from its other errors."""

from __future__ import annotations

import torch

WORDS = "can't allocate memory"
"""What torch says on a processor that has none left."""


def is_of_memory(error: Exception) -> bool:
    """True where memory could not be had: on a processor torch says so by a plain RuntimeError."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and WORDS in str(error)
