"""Where stacked slots are computed."""

from __future__ import annotations

import functools
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor


@functools.cache
def device() -> torch.device:
    """The GPU where there is one, else the processor; chosen once.

    On a GPU this process convolves in full precision from then on, as torch multiplies matrices: TF32, which
    torch convolves in otherwise, rounds to 10 bits, and other ways would not come to the same losses.
    """
    if not torch.cuda.is_available():
        return torch.device("cpu")
    torch.backends.cudnn.allow_tf32 = False
    return torch.device("cuda")


def put(array: NDArray[Any]) -> Tensor:
    """A copy on the device: examples are read-only, which torch cannot promise to respect."""
    return torch.tensor(array, device=device())
