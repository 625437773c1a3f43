"""Sobol points: a sequence that fills a unit cube more evenly than chance.

scipy.stats has them too, but takes more than a second to load, which is a tenth of a ten-second
study; a test holds this file to it, point by point.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BITS = 32

# Primitive polynomials and initial direction numbers of dimensions 2 and up: (degree s, coefficients a,
# m_1 ... m_s). Joe and Kuo 2008, "Constructing Sobol sequences with better two-dimensional projections",
# SIAM J. Sci. Comput. 30, table new-joe-kuo-6.
_DIRECTIONS = (
    (1, 0, (1,)),
    (2, 1, (1, 3)),
    (3, 1, (1, 3, 1)),
    (3, 2, (1, 1, 1)),
    (4, 1, (1, 1, 3, 3)),
    (4, 4, (1, 3, 5, 13)),
    (5, 2, (1, 1, 5, 5, 17)),
    (5, 4, (1, 1, 5, 5, 5)),
    (5, 7, (1, 1, 7, 11, 19)),
    (5, 11, (1, 1, 5, 1, 1)),
    (5, 13, (1, 1, 1, 3, 11)),
    (5, 14, (1, 3, 5, 5, 31)),
    (6, 1, (1, 3, 3, 9, 7, 49)),
    (6, 13, (1, 1, 1, 15, 21, 21)),
    (6, 16, (1, 3, 1, 13, 27, 49)),
    (6, 19, (1, 1, 1, 15, 7, 5)),
    (6, 22, (1, 3, 1, 15, 13, 25)),
    (6, 25, (1, 1, 5, 5, 19, 61)),
    (7, 1, (1, 3, 7, 11, 23, 15, 103)),
    (7, 4, (1, 3, 7, 13, 13, 15, 69)),
)

MOST_DIMENSIONS = len(_DIRECTIONS) + 1


def sobol(count: int, dimension: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """The first ``count`` points (count, dimension) in [0, 1), shifted by random digits.

    The digital shift (one random number per dimension, exclusive-or) keeps the points' evenness and
    makes every point uniform (L'Ecuyer and Lemieux 2002, section 5). Raises ValueError beyond
    ``MOST_DIMENSIONS`` dimensions.
    """
    if dimension > MOST_DIMENSIONS:
        raise ValueError(f"Sobol points have at most {MOST_DIMENSIONS} dimensions here, not {dimension}")
    index = np.arange(count, dtype=np.uint64)
    gray = index ^ (index >> np.uint64(1))
    points = np.zeros((count, dimension), dtype=np.uint64)
    for column in range(dimension):
        for bit, direction in enumerate(_directions(column)):
            chosen = (gray >> np.uint64(bit)) & np.uint64(1)
            points[:, column] ^= chosen * np.uint64(direction)
    shift = generator.integers(0, 2**BITS, size=dimension, dtype=np.uint64)
    return (points ^ shift) / 2.0**BITS


def _directions(column: int) -> list[int]:
    r"""Direction numbers v_1 ... v_32 of one dimension, v_k = m_k 2^{32-k}.

    .. math:: m_k = 2 a_1 m_{k-1} \oplus \dots \oplus 2^{s-1} a_{s-1} m_{k-s+1}
              \oplus 2^s m_{k-s} \oplus m_{k-s}
    """
    if column == 0:
        return [1 << (BITS - k) for k in range(1, BITS + 1)]
    s, a, first = _DIRECTIONS[column - 1]
    m = list(first)
    for k in range(s, BITS):
        new = m[k - s] ^ (m[k - s] << s)
        for i in range(1, s):
            if (a >> (s - 1 - i)) & 1:
                new ^= m[k - i] << i
        m.append(new)
    return [value << (BITS - k) for k, value in enumerate(m, start=1)]
