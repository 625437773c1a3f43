"""Loss and error of a network's outputs: what points report and what choices are made by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def score(
    outputs: NDArray[np.float32], targets: NDArray[np.int64] | NDArray[np.float32], target_scale: float
) -> tuple[float, float]:
    """Mean loss and error of ``outputs`` (N, C) against ``targets`` ((N,) codes or (N, 1) numbers).

    Classes: cross-entropy in nats, and the share misclassified. Numbers: squared error in standardised
    units, and RMSE in the target's own unit, ``sqrt(loss) x target_scale``. Neither label smoothing
    nor Huber's bend enters, so losses of training and validation compare. Both are infinite where an
    output is not finite.
    """
    if not np.isfinite(outputs).all():
        return float("inf"), float("inf")
    outputs_NC = outputs.astype(np.float64)
    if targets.ndim == 2:
        loss = float(np.mean((outputs_NC - targets) ** 2))
        return loss, loss**0.5 * target_scale
    shifted_NC = outputs_NC - outputs_NC.max(axis=1, keepdims=True)
    normaliser_N = np.log(np.exp(shifted_NC).sum(axis=1))
    chosen_N = shifted_NC[np.arange(len(targets)), targets.astype(np.int64, copy=False)]
    error = float(np.mean(outputs.argmax(axis=1) != targets))
    return float(np.mean(normaliser_N - chosen_N)), error
