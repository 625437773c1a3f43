"""A configuration resolved into everything that training a network needs."""

from __future__ import annotations

from typing import Literal, cast

import msgspec

from curvewise.cohort.families.configured import shape_of
from curvewise.cohort.families.initialisation import Initialisation
from curvewise.cohort.families.shape import Shape
from curvewise.data.examples import Split, Task
from curvewise.errors import EngineError
from curvewise.records import Configuration
from curvewise.space.decay import Decay

Optimizer = Literal["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "schedule_free"]
"""schedule_free: Schedule-Free AdamW, see ``averaging``."""
Loss = Literal["cross_entropy", "squared", "huber", "binary"]
"""binary: cross-entropy of each of C labels that are there or not, summed over them."""

LOSSES: dict[Task, tuple[Loss, ...]] = {
    "classification": ("cross_entropy",),
    "regression": ("squared", "huber"),
    "multilabel": ("binary",),
}
"""The losses that suit a task."""

MOMENTS: dict[Optimizer, tuple[str, ...]] = {
    "sgd": (),
    "momentum": ("momentum_buffer",),
    "nesterov": ("momentum_buffer",),
    "adagrad": ("sum",),
    "rmsprop": ("square_avg",),
    "adam": ("exp_avg", "exp_avg_sq"),
    "adamw": ("exp_avg", "exp_avg_sq"),
    "schedule_free": ("z", "exp_avg_sq"),
}
"""What each optimizer keeps of every weight from step to step, by torch's names."""


class Recipe(msgspec.Struct, frozen=True):
    """What one slot trains: network, loss, optimizer, schedule."""

    shape: Shape
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
    """Momentum of ``momentum`` and ``nesterov``, beta1 of Adam(W), beta of ``schedule_free``."""
    beta2: float
    """beta2 of Adam(W) and ``schedule_free``, alpha of RMSProp."""
    weight_decay: float
    """Decoupled for AdamW and ``schedule_free``, coupled (L2) for every other optimizer; on weights, not on
    biases or gains."""
    minibatch: int
    """Rows per step."""
    clip: float
    """Largest L2 norm of the whole gradient; 0 means no clipping."""
    warmup: float = 0.0
    """Epochs over which the rate rises, where more than its decay's own; see ``warmup_epochs``."""
    patience: int = 10
    """Epochs without a better validation loss that ``plateau`` bears."""
    input_noise: float = 0.0
    """Standard deviation of the noise on the inputs while training; see ``input_noise``."""
    base_units: int = 0
    """Units that the learning rate was chosen at, for maximal-update parametrisation; 0: the standard one."""
    initialisation: Initialisation = "uniform"
    initial_scale: float = 1.0
    """What the initial weight matrices are multiplied by; 1 but to make a fault on purpose."""

    def steps(self, rows: int) -> int:
        """Steps of an epoch over ``rows`` rows: step i takes the order's rows from i x minibatch on.

        The last minibatch may be smaller; one of fewer rows than the network needs is left out.
        """
        full, left = divmod(rows, self.minibatch)
        return full + int(left >= self.shape.needs_rows)


def recipe(configuration: Configuration, horizon: int, split: Split) -> Recipe:
    """Resolve ``configuration`` for the examples of ``split``.

    The minibatch is never larger than the training set. What a configuration of an earlier version does
    not say is as it was then. Raises EngineError where batch normalisation would see one row at a time,
    and where Schedule-Free cannot average.
    """
    rows = split.train.rows
    minibatch = min(rows, int(configuration.number("minibatch")))
    shape = shape_of(configuration, split)
    if minibatch < shape.needs_rows:
        raise EngineError(
            f"batch normalisation has no variance over a minibatch of 1 (of {rows} training rows); "
            "raise minibatch to 2 or more, or choose another normalisation"
        )
    classifies = split.task == "classification"
    fitting = LOSSES[split.task]
    resolved = Recipe(
        shape=shape,
        encoding=configuration.word("encoding"),
        loss=fitting[0] if len(fitting) == 1 else cast(Loss, configuration.word("loss")),
        label_smoothing=configuration.number("label_smoothing") if classifies else 0.0,
        optimizer=cast(Optimizer, configuration.word("optimizer")),
        learning_rate=configuration.number("learning_rate"),
        decay=cast(Decay, configuration.word("decay")),
        horizon=horizon,
        momentum=configuration.number("momentum"),
        beta2=configuration.number("beta2"),
        weight_decay=configuration.number("weight_decay"),
        minibatch=minibatch,
        clip=configuration.number("clip"),
        **{name: configuration[name] for name in LATER if name in configuration},  # type: ignore[arg-type]
    )
    check_average(resolved)
    return resolved


LATER = ("warmup", "patience", "input_noise", "base_units", "initialisation", "initial_scale")
"""Fields that configurations of earlier versions say nothing of."""


def check_average(resolved: Recipe) -> None:
    """Raise EngineError where Schedule-Free's average of weights could not be had or used."""
    if resolved.optimizer != "schedule_free":
        return
    if resolved.momentum <= 0:
        raise EngineError("schedule_free trains between two points by its momentum: set it above 0, 0.9 say")
    if getattr(resolved.shape, "normalisation", "none") == "batch":
        raise EngineError(
            "schedule_free evaluates at averaged weights, which no minibatch of the training saw: the "
            "running statistics of batch normalisation do not belong to them; choose another "
            "normalisation"
        )
