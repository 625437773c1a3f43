"""Where stacked slots are computed."""

from __future__ import annotations

import functools
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor


@functools.cache
def device() -> torch.device:
    """The GPU where there is one, else the processor; chosen once."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def put(array: NDArray[Any]) -> Tensor:
    """A copy on the device: examples are read-only, which torch cannot promise to respect."""
    return torch.tensor(array, device=device())
