"""How much better than the best so far something may come out."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

FAR = -25.0
"""Standard deviations from which on the series is used: there both agree to 4e-5 in the logarithm, the series
below, so that what is farther is never more."""


def log_improvement(
    mean: NDArray[np.float64], deviation: NDArray[np.float64], best: float
) -> NDArray[np.float64]:
    r"""Logarithm of the expected improvement (n,) below ``best`` of normal values (n,).

    .. math:: E[\max(0, b - y)] = \sigma (z \Phi(z) + \phi(z)), \quad z = (b - \mu) / \sigma

    (Jones, Schonlau and Welch 1998, eq. 15.) Far below, where both terms cancel, by
    :math:`\phi(z) / z^2 (1 - 3 / z^2)` (Ament et al. 2023, arXiv 2310.20708, appendix A.2).
    """
    z = (best - mean) / deviation
    log_density = -0.5 * z * z - 0.5 * math.log(2 * math.pi)
    tail = 0.5 * np.array([math.erfc(-each / math.sqrt(2)) for each in z.tolist()])
    near = np.maximum(z, FAR)
    inside = near * tail + np.exp(-0.5 * near * near - 0.5 * math.log(2 * math.pi))
    far = np.minimum(z, FAR)
    series = log_density - 2 * np.log(-far) + np.log1p(-3 / (far * far))
    logs = np.where(z > FAR, np.log(np.maximum(inside, 1e-300)), series)
    found: NDArray[np.float64] = np.log(deviation) + logs
    return found
