"""What one more epoch of a configuration will cost."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from curvewise.records import Configuration


def parameters(configuration: Configuration, inputs: int, outputs: int) -> int:
    """Weights and biases of the perceptron that ``configuration`` describes."""
    layers, units = int(configuration.number("layers")), int(configuration.number("units"))
    widths = [inputs]
    if layers:
        widths += [max(1, round(units * configuration.number("first_ratio"))), *[units] * (layers - 1)]
    widths.append(outputs)
    return sum((a + 1) * b for a, b in pairwise(widths))


class Cost:
    r"""Seconds of one epoch, learnt from the epochs trained so far.

    .. math:: s = c_0 N P + c_1 n P + c_2 n + c_3

    with N training rows, P parameters and n = ceil(N / minibatch) steps: products, optimizer
    updates, what a step costs whatever its size, what an epoch costs. The c are least squares
    with c >= 0, each trial weighted by 1 / s so that small networks count as much as large ones.
    """

    def __init__(self, rows: int, inputs: int, outputs: int) -> None:
        self._rows, self._inputs, self._outputs = rows, inputs, outputs
        self._terms: list[NDArray[np.float64]] = []
        self._seconds: list[float] = []
        self._coefficients: NDArray[np.float64] | None = None
        self._fitted_at = 0

    def observe(self, configuration: Configuration, seconds: float) -> None:
        """Take in the mean seconds per epoch of one trial."""
        if seconds <= 0:
            return
        self._terms.append(self._describe(configuration))
        self._seconds.append(seconds)
        # Refitted whenever the evidence has doubled: when depends on the history alone, never on
        # who asks, so that a replayed history gives the same costs.
        if len(self._terms) >= 2 * self._fitted_at:
            from scipy.optimize import nnls  # half a second to load: not before the first point

            weight = 1 / np.asarray(self._seconds)
            self._coefficients = nnls(np.asarray(self._terms) * weight[:, None], np.ones(len(weight)))[0]
            self._fitted_at = len(self._terms)

    def seconds(self, configuration: Configuration) -> float:
        """Expected seconds of one epoch; 0 while nothing is known."""
        if self._coefficients is None:
            return 0.0
        return float(self._describe(configuration) @ self._coefficients)

    def _describe(self, configuration: Configuration) -> NDArray[np.float64]:
        count = parameters(configuration, self._inputs, self._outputs)
        steps = -(-self._rows // min(self._rows, int(configuration.number("minibatch"))))
        return np.array([self._rows * count, steps * count, steps, 1.0])
