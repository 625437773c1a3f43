"""Other ways to draw the initial weight matrices than torch's; no torch here.

Letters: a matrix W is (fan_out, fan_in); U(-b, b) the uniform, N(0, s^2) the normal distribution.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Initialisation = Literal["uniform", "he_normal", "glorot_uniform", "orthogonal"]
"""uniform: each family's own, U(-b, b) with ``b = 1 / sqrt(fan_in)`` as torch.nn.Linear ·
he_normal: N(0, 2 / fan_in), for activations that silence half (He et al. 2015, arXiv 1502.01852, eq. 10) ·
glorot_uniform: ``b = sqrt(6 / (fan_in + fan_out))`` (Glorot and Bengio 2010, eq. 16) ·
orthogonal: rows, or columns, orthonormal (Saxe et al. 2014, arXiv 1312.6120)."""


def matrix(
    method: Initialisation, rows: int, columns: int, generator: np.random.Generator
) -> NDArray[np.float32]:
    """A matrix (rows = fan_out, columns = fan_in) drawn by ``method``, which is not ``uniform``."""
    if method == "orthogonal":
        return _orthogonal(rows, columns, generator)
    if method == "he_normal":
        drawn = generator.standard_normal((rows, columns), dtype=np.float32)
        return drawn * np.float32(math.sqrt(2 / columns))
    bound = math.sqrt(6 / (rows + columns))
    return (2 * generator.random((rows, columns), dtype=np.float32) - 1) * np.float32(bound)


def deviation(method: Initialisation, rows: float, columns: float) -> float:
    """Of the elements of such a matrix, the standard deviation; sizes between whole ones are thought of."""
    match method:
        case "uniform":
            return 1 / math.sqrt(3 * columns)
        case "he_normal":
            return math.sqrt(2 / columns)
        case "glorot_uniform":
            return math.sqrt(2 / (rows + columns))
        case "orthogonal":
            return 1 / math.sqrt(max(rows, columns))


def _orthogonal(rows: int, columns: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Q of a normal matrix's QR decomposition, its signs made even (as torch.nn.init.orthogonal_)."""
    tall = generator.standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(tall)
    q *= np.sign(np.diag(r))
    turned = q if rows >= columns else q.T
    return np.ascontiguousarray(turned, dtype=np.float32)
