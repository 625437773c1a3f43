"""What one trial reports at one moment."""

from __future__ import annotations

import math

import msgspec


class Point(msgspec.Struct, frozen=True, omit_defaults=True):
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
    update_ratios: tuple[float, ...] = ()
    """The same of each group of layers, in the network's order: its embeddings together where it has any,
    each hidden layer (of a convolutional network each stage), the output. Empty in earlier histories."""
    dead_units: tuple[float, ...] = ()
    """Of each hidden layer, the share of units that passed no gradient on for any example of the epoch's
    last 8 steps: relu and its leaky form at or below 0, tanh and sigmoid beyond 5, gelu and silu below -5,
    by what enters them. Of a perceptron's layers; of convolutions' channels, at no pixel, activation by
    activation; of relu and tanh cells, at no step, layer by layer (an encoder's forwards and backwards cells
    apart, then the decoder's). Cells with gates have none (``cohort/dead_units.py`` says why). Measured now
    and then; empty where it was not."""
    gradient_power: float | None = None
    """|G|^2: squared norm of the gradient that the last 8 steps' minibatches estimate. Measured now and
    then; may be negative, where noise rules. None where it was not measured."""
    gradient_variance: float | None = None
    """tr(Sigma): variance of one example's gradient over all parameters, from the same 8 minibatches. An
    example is a row, an image, a whole sequence or a pair of them."""
    examples_per_second: float | None = None
    """Examples trained on, per second of the epoch's training, validation aside."""

    @property
    def diverged(self) -> bool:
        """True where the slot met a number that is not finite."""
        return not self.valid_loss < float("inf")

    @property
    def noise_scale(self) -> float | None:
        """tr(Sigma) / |G|^2 in examples: minibatches far below it have noisy gradients, far above it waste.

        The simple noise scale of McCandlish et al. 2018 (arXiv 1812.06162, eq. 2.9). A single point's is
        rough: average both parts over a curve first. None where not measured, or where |G|^2 came out
        negative.
        """
        if self.gradient_power is None or self.gradient_variance is None or self.gradient_power <= 0:
            return None
        return max(0.0, self.gradient_variance) / self.gradient_power

    @property
    def merit(self) -> tuple[float, float]:
        """What the best point has least of: validation error, then loss; infinite where diverged."""
        return (math.inf, math.inf) if self.diverged else (self.valid_error, self.valid_loss)
