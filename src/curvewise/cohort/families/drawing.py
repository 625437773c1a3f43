"""How initial weights are drawn, shared by all families; no torch here."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from curvewise.cohort.slots import State


def uniform(generator: np.random.Generator, bound: float, *size: int) -> NDArray[np.float32]:
    """Independent draws from U(-bound, bound), float32."""
    drawn: NDArray[np.float32] = (2 * generator.random(size, dtype=np.float32) - 1) * np.float32(bound)
    return drawn


def linear(name: str, inputs: int, outputs: int, generator: np.random.Generator) -> State:
    """``{name}.weight`` (outputs, inputs) and ``{name}.bias`` (outputs,), as torch.nn.Linear draws them.

    U(-k, k) with ``k = 1 / sqrt(inputs)`` for both.
    """
    weight = unbiased(name, inputs, outputs, generator)
    return weight | {f"{name}.bias": uniform(generator, 1 / math.sqrt(inputs), outputs)}


def unbiased(name: str, inputs: int, outputs: int, generator: np.random.Generator) -> State:
    """The ``{name}.weight`` of ``linear`` alone."""
    return {f"{name}.weight": uniform(generator, 1 / math.sqrt(inputs), outputs, inputs)}


def convolution(
    name: str, channels: int, filters: int, size: int, generator: np.random.Generator, *, bias: bool
) -> State:
    """``{name}.weight`` (filters, channels, size, size), and with ``bias`` ``{name}.bias`` (filters,).

    As torch.nn.Conv2d draws them: U(-k, k) with ``k = 1 / sqrt(channels size^2)`` for both.
    """
    bound = 1 / math.sqrt(channels * size**2)
    drawn: State = {f"{name}.weight": uniform(generator, bound, filters, channels, size, size)}
    return drawn | {f"{name}.bias": uniform(generator, bound, filters)} if bias else drawn


def embedding(name: str, codes: int, size: int, generator: np.random.Generator) -> State:
    """``{name}.weight`` (codes, size), normal with standard deviation ``1 / sqrt(size)``.

    A column's vector then has length about 1, like a standardised number (torch's N(0, 1) grows with
    the size).
    """
    scale = np.float32(1 / math.sqrt(size))
    return {f"{name}.weight": generator.standard_normal((codes, size), dtype=np.float32) * scale}


def embeddings(cardinalities: Sequence[int], sizes: Sequence[int], generator: np.random.Generator) -> State:
    """An ``embedding`` of each column, named ``embeddings.{q}``."""
    drawn: State = {}
    for q, (codes, size) in enumerate(zip(cardinalities, sizes, strict=True)):
        drawn |= embedding(f"embeddings.{q}", codes, size, generator)
    return drawn


def gains(name: str, units: int, *, running: bool) -> State:
    """A normalisation's gains 1 and shifts 0; with ``running`` its running mean 0 and variance 1 too."""
    ones, zeros = np.ones(units, dtype=np.float32), np.zeros(units, dtype=np.float32)
    drawn: State = {f"{name}.weight": ones, f"{name}.bias": zeros}
    if not running:
        return drawn
    statistics: State = {f"{name}.running_mean": zeros.copy(), f"{name}.running_var": ones.copy()}
    return drawn | statistics | {f"{name}.num_batches_tracked": np.zeros((), dtype=np.int64)}
