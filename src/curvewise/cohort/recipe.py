"""A configuration resolved into everything that training a perceptron needs."""

from __future__ import annotations

from typing import Literal, cast

import msgspec

from curvewise.errors import EngineError
from curvewise.records import Configuration
from curvewise.space.decay import Decay

Activation = Literal["relu", "leaky_relu", "tanh", "sigmoid", "gelu", "silu"]
Normalisation = Literal["none", "batch", "layer"]
Optimizer = Literal["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"]
Loss = Literal["cross_entropy", "squared", "huber"]

MOMENTS: dict[Optimizer, tuple[str, ...]] = {
    "sgd": (),
    "momentum": ("momentum_buffer",),
    "nesterov": ("momentum_buffer",),
    "adagrad": ("sum",),
    "rmsprop": ("square_avg",),
    "adam": ("exp_avg", "exp_avg_sq"),
    "adamw": ("exp_avg", "exp_avg_sq"),
}
"""What each optimizer keeps of every weight from step to step, by torch's names."""


class Recipe(msgspec.Struct, frozen=True):
    """What one slot trains: network, loss, optimizer, schedule."""

    units: tuple[int, ...]
    """Hidden units of each layer; empty for a linear model."""
    activation: Activation
    normalisation: Normalisation
    dropout: float
    """Share of hidden units silenced after each activation, [0, 1)."""
    embedding: int
    """Most dimensions of a category's embedding; a column of k codes gets min(this, ceil(k / 2))."""
    encoding: str
    """Which encoding of the numbers the network reads (``curvewise.data``)."""
    loss: Loss
    label_smoothing: float
    """Share of the target spread over all classes, [0, 1); cross-entropy only."""
    optimizer: Optimizer
    learning_rate: float
    """The schedule's peak."""
    decay: Decay
    horizon: int
    """Planned epochs T that the decay refers to."""
    momentum: float
    """Momentum of ``momentum`` and ``nesterov``, beta1 of Adam(W)."""
    beta2: float
    """beta2 of Adam(W), alpha of RMSProp."""
    weight_decay: float
    """Decoupled for AdamW, coupled (L2) for every other optimizer; on weights, not on biases or gains."""
    minibatch: int
    """Rows per step."""
    clip: float
    """Largest L2 norm of the whole gradient; 0 means no clipping."""

    def embedding_sizes(self, cardinalities: tuple[int, ...]) -> tuple[int, ...]:
        """Dimensions of each embedded column."""
        return tuple(min(self.embedding, (k + 1) // 2) for k in cardinalities)

    def steps(self, rows: int) -> int:
        """Steps of an epoch over ``rows`` rows: step i takes the order's rows from i x minibatch on.

        The last minibatch may be smaller. Batch normalisation has no variance over a single row: a
        last minibatch of one is left out.
        """
        full, left = divmod(rows, self.minibatch)
        alone = left == 1 and self.normalisation == "batch" and bool(self.units)
        return full + int(left > 0 and not alone)


def recipe(configuration: Configuration, horizon: int, task: str, rows: int) -> Recipe:
    """Resolve ``configuration`` for ``rows`` training rows.

    The first hidden layer has ``units x first_ratio`` units, rounded, at least 1 (article row 11);
    the minibatch is never larger than the training set. Raises EngineError where batch
    normalisation would see one row at a time.
    """
    layers, units = int(configuration.number("layers")), int(configuration.number("units"))
    first = max(1, round(units * configuration.number("first_ratio")))
    minibatch = min(rows, int(configuration.number("minibatch")))
    normalisation = cast(Normalisation, configuration.word("normalisation"))
    if normalisation == "batch" and layers and minibatch == 1:
        raise EngineError(
            f"batch normalisation has no variance over a minibatch of 1 (of {rows} training rows); "
            "raise minibatch to 2 or more, or set normalisation to layer or none"
        )
    return Recipe(
        units=(first, *[units] * (layers - 1)) if layers else (),
        activation=cast(Activation, configuration.word("activation")),
        normalisation=normalisation,
        dropout=configuration.number("dropout"),
        embedding=int(configuration.number("embedding")),
        encoding=configuration.word("encoding"),
        loss="cross_entropy" if task == "classification" else cast(Loss, configuration.word("loss")),
        label_smoothing=configuration.number("label_smoothing") if task == "classification" else 0.0,
        optimizer=cast(Optimizer, configuration.word("optimizer")),
        learning_rate=configuration.number("learning_rate"),
        decay=cast(Decay, configuration.word("decay")),
        horizon=horizon,
        momentum=configuration.number("momentum"),
        beta2=configuration.number("beta2"),
        weight_decay=configuration.number("weight_decay"),
        minibatch=minibatch,
        clip=configuration.number("clip"),
    )
