"""Dropout masks and input noise of many slots at once, on the device: bit for bit every other way's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from curvewise.cohort.counter_hash import LAYERS, WEYL, lowbias32
from curvewise.cohort.input_noise import CENTRE, LAYER, noise_unit
from curvewise.cohort.stacked.device import device


def _signed(number: int) -> int:
    """The int32 of the same bits: torch has no arithmetic of uint32, and int32's wraps around alike."""
    return number - (1 << 32) if number >= 1 << 31 else number


FIRST, SECOND, SIGN, STEP = (_signed(n) for n in (0x7FEB352D, 0x846CA68B, 0x80000000, int(WEYL)))


class Chance:
    """What K slots that take their steps together draw in an epoch.

    ``seeds``, ``steps`` taken before the epoch, ``dropout`` shares and ``noise`` deviations are per slot.
    """

    def __init__(
        self, seeds: Sequence[int], steps: Sequence[int], dropout: Sequence[float], noise: Sequence[float]
    ) -> None:
        self._seeds = np.array([seed & 0xFFFFFFFF for seed in seeds], dtype=np.uint32)
        self._steps = np.array(steps, dtype=np.int64)
        self._dropout, self._noise = np.array(dropout), np.array(noise)
        limits = (self._dropout * 2**32).astype(np.uint32) ^ np.uint32(0x80000000)
        self._limits = _column(limits.view(np.int32))
        self._scales = _column((1 / (1 - self._dropout)).astype(np.float32))
        self._units = _column(np.array([noise_unit(deviation) for deviation in noise], dtype=np.float32))
        self._drops, self._noisy = bool(self._dropout.any()), bool(self._noise.any())

    def kept(self, slots: Sequence[int]) -> Chance:
        """What some of the slots draw."""
        each = (self._seeds, self._steps, self._dropout, self._noise)
        return Chance(*(array[list(slots)].tolist() for array in each))

    def silence(self, activations: Tensor, layer: int, taken: int) -> Tensor:
        """Activations (K, ..., H) with a share silenced, ``taken`` steps after the epoch's first."""
        if not self._drops:
            return activations
        hashes = self._hashes(layer, taken, activations[0].numel())
        kept = hashes.bitwise_xor_(SIGN) >= self._limits
        return activations * (kept * self._scales).view_as(activations)

    def noisy(self, numbers: Tensor, taken: int) -> Tensor:
        """Inputs (K, ..., D), noise added."""
        if not self._noisy:
            return numbers
        hashes = self._hashes(LAYER, taken, numbers[0].numel())
        total = sum((hashes >> shift).bitwise_and_(0xFF) for shift in (0, 8, 16, 24)) - CENTRE
        return numbers + (total * self._units).view_as(numbers)

    def _hashes(self, layer: int, taken: int, count: int) -> Tensor:
        """``counter_hash.hashes`` of each slot, (K, count) int32 of the same bits."""
        counters = (((self._steps + taken) * LAYERS + layer) & 0xFFFFFFFF).astype(np.uint32)
        keys = _column(lowbias32(lowbias32(counters) ^ self._seeds).view(np.int32))
        x = torch.arange(count, dtype=torch.int32, device=device()).mul_(STEP) + keys
        x.bitwise_xor_((x >> 16).bitwise_and_(0xFFFF)).mul_(FIRST)
        x.bitwise_xor_((x >> 15).bitwise_and_(0x1FFFF)).mul_(SECOND)
        return x.bitwise_xor_((x >> 16).bitwise_and_(0xFFFF))


def _column(array: np.ndarray[tuple[int], np.dtype[np.generic]]) -> Tensor:
    """(K,) -> (K, 1) on the device."""
    return torch.from_numpy(array).to(device())[:, None]
