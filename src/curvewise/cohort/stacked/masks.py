"""The dropout masks of many slots at once, on the device: bit for bit those of ``cohort.dropout``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from curvewise.cohort.counter_hash import LAYERS, WEYL, lowbias32
from curvewise.cohort.stacked.device import device


def _signed(number: int) -> int:
    """The int32 of the same bits: torch has no arithmetic of uint32, and int32's wraps around alike."""
    return number - (1 << 32) if number >= 1 << 31 else number


FIRST, SECOND, SIGN = _signed(0x7FEB352D), _signed(0x846CA68B), _signed(0x80000000)


class Masks:
    """Draws the masks of every step of an epoch for K slots that take their steps together."""

    def __init__(self, seeds: Sequence[int], steps: Sequence[int], shares: Sequence[float]) -> None:
        self._seeds = np.array([seed & 0xFFFFFFFF for seed in seeds], dtype=np.uint32)
        self._steps = np.array(steps, dtype=np.int64)
        self._shares = np.array(shares)
        limits = (self._shares * 2**32).astype(np.uint32) ^ np.uint32(0x80000000)
        self._limits = torch.from_numpy(limits.view(np.int32)).to(device())[:, None]
        self._scales = torch.from_numpy((1 / (1 - self._shares)).astype(np.float32)).to(device())[:, None]
        self.any = bool((self._shares > 0).any())

    def kept(self, slots: Sequence[int]) -> Masks:
        """The masks of some of the slots."""
        return Masks(self._seeds[slots].tolist(), self._steps[slots].tolist(), self._shares[slots].tolist())

    def silence(self, activations: Tensor, layer: int, taken: int) -> Tensor:
        """Activations (K, ..., H) with a share silenced, ``taken`` steps after the epoch's first."""
        if not self.any:
            return activations
        counters = (((self._steps + taken) * LAYERS + layer) & 0xFFFFFFFF).astype(np.uint32)
        keys = lowbias32(lowbias32(counters) ^ self._seeds).view(np.int32)
        count = activations[0].numel()
        x = torch.arange(count, dtype=torch.int32, device=device())
        x = x.mul_(_signed(int(WEYL))) + torch.from_numpy(keys).to(device())[:, None]
        kept = hash32(x).bitwise_xor_(SIGN) >= self._limits
        return activations * (kept * self._scales).view_as(activations)


def hash32(x: Tensor) -> Tensor:
    """``lowbias32`` of int32 bits, in place."""
    x.bitwise_xor_((x >> 16).bitwise_and_(0xFFFF)).mul_(FIRST)
    x.bitwise_xor_((x >> 15).bitwise_and_(0x1FFFF)).mul_(SECOND)
    return x.bitwise_xor_((x >> 16).bitwise_and_(0xFFFF))
