r"""The weights of Schedule-Free's average, step by step; no torch here.

Schedule-Free AdamW (Defazio et al. 2024, arXiv 2405.15682, algorithm 1) keeps three points: z walks as
AdamW without momentum does, x averages what z has been, and the gradient is taken at y between them:

    y_t = (1 - beta) z_t + beta x_t
    z_{t+1} = z_t - gamma_t (g_t / (sqrt(v_t / (1 - beta2^t)) + eps) + lambda y_t)
    x_{t+1} = (1 - c_{t+1}) x_t + c_{t+1} z_{t+1}

with g_t the gradient at y_t, v_t the average of its squares, beta the momentum, lambda the weight decay.
As in the authors' package (schedulefree 1.4), the correction of v stands under the root, not in gamma, and

    c_{t+1} = G_t^2 / (G_1^2 + ... + G_t^2),   G_t = max(gamma_1, ..., gamma_t)

A slot keeps y as its weights while it trains, z and v as moments, and computes x from them when asked:
``x = y + (1 / beta - 1) (y - z)``.
"""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from curvewise.cohort.slots import State

NAME = "optimizer.averaging"
"""In a slot's state; with ``optimizer.`` in front, so that it is left out with the moments."""


class Averaging(msgspec.Struct, frozen=True):
    """What one slot's average has come to."""

    largest: float = 0.0
    """G, the largest rate so far."""
    total: float = 0.0
    """Sum of G^2 over the steps."""

    def over(self, rates: NDArray[np.float32]) -> tuple[NDArray[np.float32], Averaging]:
        """The shares c of an epoch's steps, (steps,), at these rates, and what comes after them."""
        largest = np.maximum.accumulate(np.maximum(rates.astype(np.float64), self.largest))
        totals = self.total + np.cumsum(largest**2)
        shares = np.divide(largest**2, totals, out=np.zeros_like(totals), where=totals > 0)
        return shares.astype(np.float32), Averaging(float(largest[-1]), float(totals[-1]))

    def state(self) -> State:
        """``optimizer.averaging``, float64 (2,): part of a slot's state."""
        return {NAME: np.array([self.largest, self.total], dtype=np.float64)}

    @classmethod
    def of(cls, state: State) -> Averaging:
        """As ``state`` has it; a new one where it has none."""
        return cls(*state[NAME].tolist()) if NAME in state else cls()


def averaged(y: NDArray[np.float32], z: NDArray[np.float32], momentum: float) -> NDArray[np.float32]:
    """x of y and z, any shape; ``momentum`` is beta, above 0."""
    x: NDArray[np.float32] = y + np.float32(1 / momentum - 1) * (y - z)
    return x


def between(x: NDArray[np.float32], z: NDArray[np.float32], momentum: float) -> NDArray[np.float32]:
    """y of x and z, any shape."""
    y: NDArray[np.float32] = x + np.float32(1 - momentum) * (z - x)
    return y
