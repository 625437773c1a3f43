"""The coefficients of ``update``, by parameter instead of by weight, as compiled steps read them."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from curvewise.cohort.stacked.layout import WeightLayout
from curvewise.cohort.stacked.update import Coefficients

READ = (0, 1, 2, 3, 4, 5, 7)
"""Rows of ``Coefficients.constant`` that go for every parameter: a, b, c, d, e, f and eps."""
COUPLED, LARGEST = 8, 9


class PartCoefficients:
    """Those of the K slots of an epoch, whose parameters lie as ``layout`` says."""

    def __init__(self, coefficients: Coefficients, layout: WeightLayout) -> None:
        slots = coefficients.constant.shape[1]
        starts = [part.start for part in layout.trained]
        factors = coefficients.factors
        self._factors = (
            np.ones((len(starts), slots)) if factors is None else factors[:, starts].T.astype(np.float64)
        )
        self._decays = np.array([[len(part.shape) > 1] for part in layout.trained])
        self._changing = coefficients.changing
        every = np.broadcast_to(coefficients.constant[READ, None, :], (len(READ), *self._factors.shape))
        coupled = np.where(self._decays, coefficients.constant[COUPLED] / self._factors, 0.0)
        self.constant = _tensor(np.concatenate([every, coupled[None]]))
        """(8, parts, K), see ``Inputs``."""
        self.largest = _tensor(coefficients.constant[LARGEST])
        """(K,)."""

    def changing(self, start: int, end: int) -> Tensor:
        """Of the steps from ``start`` to ``end``: (steps, 4, parts, K)."""
        pull, scale, shrink, share = self._changing[:, start:end, None, :]
        each = (pull * self._factors, scale, np.where(self._decays, shrink, 1.0), share)
        shape = (len(pull), *self._factors.shape)
        return _tensor(np.stack([np.broadcast_to(rows, shape) for rows in each], axis=1))


def _tensor(array: NDArray[np.float64]) -> Tensor:
    return torch.from_numpy(array.astype(np.float32))
