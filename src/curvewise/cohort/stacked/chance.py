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
        self.limits = _column(limits.view(np.int32))
        """(K, 1): hashes from here on, their signs turned, are of what is kept."""
        self.scales = _column((1 / (1 - self._dropout)).astype(np.float32))
        """(K, 1): what is kept is multiplied by this."""
        self.units = _column(np.array([noise_unit(deviation) for deviation in noise], dtype=np.float32))
        """(K, 1): see ``input_noise.noise_unit``."""
        self._drops, self._noisy = bool(self._dropout.any()), bool(self._noise.any())

    def kept(self, slots: Sequence[int]) -> Chance:
        """What some of the slots draw."""
        each = (self._seeds, self._steps, self._dropout, self._noise)
        return Chance(*(array[list(slots)].tolist() for array in each))

    def silence(self, activations: Tensor, layer: int, taken: int) -> Tensor:
        """Activations (K, ..., H) with a share silenced, ``taken`` steps after the epoch's first."""
        if not self._drops:
            return activations
        return silenced(activations, self.keys([layer], [taken])[0, 0], self.limits, self.scales)

    def noisy(self, numbers: Tensor, taken: int) -> Tensor:
        """Inputs (K, ..., D), noise added."""
        if not self._noisy:
            return numbers
        return noised(numbers, self.keys([LAYER], [taken])[0, 0], self.units)

    def keys(self, layers: Sequence[int], taken: Sequence[int]) -> Tensor:
        """What the hashes of these layers begin with, in steps so many after the epoch's first.

        (steps, layers, K, 1) int32, of the bits of ``counter_hash``'s uint32.
        """
        steps = self._steps + np.array(taken, dtype=np.int64)[:, None, None]
        counters = ((steps * LAYERS + np.array(layers)[:, None]) & 0xFFFFFFFF).astype(np.uint32)
        keys = lowbias32(lowbias32(counters) ^ self._seeds)
        return torch.from_numpy(keys.view(np.int32)).to(device())[..., None]


def silenced(activations: Tensor, keys: Tensor, limits: Tensor, scales: Tensor) -> Tensor:
    """Activations (K, ..., H) times 0, or ``scales`` where a hash is kept; the others (K, 1)."""
    kept = hashes(keys, activations[0].numel()).bitwise_xor_(SIGN) >= limits
    return activations * (kept * scales).view_as(activations)


def noised(numbers: Tensor, keys: Tensor, units: Tensor) -> Tensor:
    """Inputs (K, ..., D), noise added; the others (K, 1)."""
    drawn = hashes(keys, numbers[0].numel())
    total = sum((drawn >> shift).bitwise_and_(0xFF) for shift in (0, 8, 16, 24)) - CENTRE
    return numbers + (total * units).view_as(numbers)


def hashes(keys: Tensor, count: int) -> Tensor:
    """``counter_hash.hashes`` of each slot's key, (K, 1) -> (K, count) int32 of the same bits."""
    x = torch.arange(count, dtype=torch.int32, device=keys.device).mul_(STEP) + keys
    x.bitwise_xor_((x >> 16).bitwise_and_(0xFFFF)).mul_(FIRST)
    x.bitwise_xor_((x >> 15).bitwise_and_(0x1FFFF)).mul_(SECOND)
    return x.bitwise_xor_((x >> 16).bitwise_and_(0xFFFF))


def _column(array: np.ndarray[tuple[int], np.dtype[np.generic]]) -> Tensor:
    """(K,) -> (K, 1) on the device."""
    return torch.from_numpy(array).to(device())[:, None]
