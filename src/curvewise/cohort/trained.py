"""What the steps of an epoch left behind, and the point that tells of it, in every way; no torch here."""

from __future__ import annotations

import math
from typing import NamedTuple

from curvewise.cohort.measuring import GradientNoise
from curvewise.records import Point


class Measured(NamedTuple):
    """Of an epoch's last steps; the defaults where a number was not finite."""

    gradient_norm: float = math.inf
    update_ratios: tuple[float, ...] = (math.inf,)
    """Of every group of layers, and at the end of all."""
    dead_units: tuple[float, ...] = ()
    noise: GradientNoise | None = None


class Trained(NamedTuple):
    """Of one epoch; the defaults where a number was not finite."""

    steps: int
    """Taken before the epoch ended."""
    learning_rate: float
    """At the last of them, or at the one that was not."""
    loss: float = math.inf
    error: float = math.inf
    measured: Measured = Measured()


class Place(NamedTuple):
    """Where a trial stands after an epoch; see ``Point``."""

    trial: int
    epoch: int
    step: int
    seconds: float


def point_of(place: Place, trained: Trained, valid: tuple[float, float], rows: int, taken: float) -> Point:
    """What a trial reports; ``valid`` are loss and error, ``taken`` the seconds of training on ``rows``."""
    measured = trained.measured
    noise = measured.noise
    return Point(
        trial=place.trial,
        epoch=place.epoch,
        step=place.step,
        seconds=place.seconds,
        train_loss=trained.loss,
        train_error=trained.error,
        valid_loss=valid[0],
        valid_error=valid[1],
        learning_rate=trained.learning_rate,
        gradient_norm=measured.gradient_norm,
        update_ratio=measured.update_ratios[-1],
        update_ratios=measured.update_ratios[:-1],
        dead_units=measured.dead_units,
        gradient_power=None if noise is None else noise.power,
        gradient_variance=None if noise is None else noise.variance,
        examples_per_second=rows / taken if taken > 0 else None,
    )
