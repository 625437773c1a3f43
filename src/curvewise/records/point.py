"""What one trial reports at one moment."""

from __future__ import annotations

import math

import msgspec


class Point(msgspec.Struct, frozen=True):
    """One trial after one more epoch.

    Loss is what training minimises (nats per example, or squared error in standardised units);
    error is what people care about (share misclassified, or RMSE in the target's own unit).
    A slot that met a number that is not finite reports ``valid_loss = inf``.
    """

    trial: int
    epoch: int
    """Epochs completed, from 1."""
    step: int
    """Minibatch steps completed."""
    seconds: float
    """Processor seconds that this trial has been trained and validated so far, on its own thread."""
    train_loss: float
    """Mean over the epoch's examples, as seen in training (with dropout); without label smoothing or
    Huber's bend, so that it compares with ``valid_loss``."""
    train_error: float
    valid_loss: float
    valid_error: float
    learning_rate: float
    """At the epoch's last step."""
    gradient_norm: float
    """L2 norm of the whole gradient before clipping, mean over the epoch's last 8 steps."""
    update_ratio: float
    """L2 norm of the last step's change of the weights over that of the weights."""

    @property
    def diverged(self) -> bool:
        """True where the slot met a number that is not finite."""
        return not self.valid_loss < float("inf")

    @property
    def merit(self) -> tuple[float, float]:
        """What the best point has least of: validation error, then loss; infinite where diverged."""
        return (math.inf, math.inf) if self.diverged else (self.valid_error, self.valid_loss)
