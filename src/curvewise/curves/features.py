"""Everything that signs read off a run, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from curvewise.curves.chance import Chance, chance
from curvewise.curves.coarse import LARGEST, finite
from curvewise.curves.rates import Rates, read_rates
from curvewise.curves.run import Quantity, Run, Series
from curvewise.curves.shape import Shape, shape

ENOUGH = 6
"""Points below which nothing is told but what is certain. With 5 points a straight line and three residuals
are left to tell a trend from noise; Keras programs of 10 epochs are common and must be read."""

HALF_WAY = 0.5
"""Share of the way to zero beyond which a curve has learned, however late: Keras programs that are fine take
up to 0.45 of a run for half of the fall, and end at 0.7 to 1."""


@dataclass(frozen=True)
class Features:
    """A run with its curves read. Errors are shares, losses in the run's unit, places in epochs or steps."""

    run: Run
    shapes: Mapping[Quantity, Shape]
    """Of every series that has a finite point."""
    chance: Chance | None

    rates: Rates | None
    """What the learning rate did, where it was recorded."""

    @property
    def train(self) -> Shape | None:
        """Training loss."""
        return self.shapes.get("train_loss")

    @property
    def valid(self) -> Shape | None:
        """Validation loss."""
        return self.shapes.get("valid_loss")

    @property
    def train_error(self) -> Shape | None:
        """Training error."""
        return self.shapes.get("train_error")

    @property
    def valid_error(self) -> Shape | None:
        """Validation error."""
        return self.shapes.get("valid_error")

    @property
    def gap(self) -> float | None:
        """Generalisation gap at the end: validation - training loss, in their unit; no fault by itself."""
        return self.valid.end - self.train.end if self.valid is not None and self.train is not None else None

    @property
    def learned(self) -> Quantity | None:
        """The series that best tells whether it learns: training before validation, loss before error."""
        order: tuple[Quantity, ...] = ("train_loss", "train_error", "valid_loss", "valid_error")
        long = (name for name in order if name in self.shapes and self.shapes[name].points >= ENOUGH)
        return next(long, None)

    @property
    def curve(self) -> Shape | None:
        """The curve of ``learned``."""
        return self.shapes[self.learned] if self.learned is not None else None

    def setting(self, name: str) -> float | None:
        """A setting that is a finite number; None where it is not known."""
        value = self.run.settings.get(name)
        if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= LARGEST:
            return None
        return float(value)

    def word(self, name: str) -> str | None:
        """A setting that is a word; None where it is not known."""
        value = self.run.settings.get(name)
        return value if isinstance(value, str) else None

    def typical(self, quantity: Quantity) -> float | None:
        """Median of the first half of a series: before a decay has taken effect. None where there is none."""
        found = self.shapes.get(quantity)
        return float(np.median(found.series.values[: -(-len(found.series) // 2)])) if found else None

    @property
    def travel(self) -> float | None:
        r"""Length of the weights' path, in lengths of the weights: no unit; None where it cannot be told.

        .. math:: \sum_t \lVert\Delta w_t\rVert / \lVert w_t\rVert

        by the update ratio of each epoch and the steps that it has: training rows / minibatch, of a run by
        epochs whose settings tell both.
        """
        rows, size = self.setting("train_rows"), self.setting("minibatch")
        updates = self.recorded("update_ratio")
        if self.run.unit != "epoch" or updates is None or not rows or not size or min(rows, size) < 1:
            return None
        epochs = np.gradient(updates.at) if len(updates) > 1 else np.ones(1)
        return max(1.0, rows / size) * float(np.sum(epochs * updates.values))

    def progress(self, quantity: Quantity) -> float | None:
        r"""Share of the way from the start to the floor that was gone and kept, about 0 to 1.

        .. math:: p = (y_0 - y_T) / (y_0 - f)

        y_0 the first value or the chance level, whichever is lower; y_T the last level; the floor f is 0,
        which cross-entropy, squared error and shares of errors cannot fall below. None for curves that go
        below 0 by more than a twentieth of their range: their floor is not known.
        """
        found = self.shapes.get(quantity)
        if found is None or float(found.series.values.min()) < -0.05 * float(np.ptp(found.series.values)):
            return None
        start = found.start
        if self.chance is not None:
            guess = self.chance.loss if quantity.endswith("loss") else self.chance.error or start
            start = min(start, guess) if found.end < guess else guess
        return (start - found.end) / start if start > 0 else None

    def recorded(self, quantity: Quantity) -> Series | None:
        """The finite points of a series; None where there are none."""
        series = self.run.series.get(quantity)
        points = finite(series) if series is not None else None
        return points if points is not None and len(points) else None


def _means_nothing(name: Quantity, found: Shape) -> bool:
    """An error of 1 throughout is an accuracy that was logged of a regression."""
    return name.endswith("error") and float(found.series.values.min()) >= 1


def features(run: Run) -> Features:
    """Read every series of a run. O(n log n) for n points, bounded after thinning."""
    shapes = {
        name: found
        for name, series in run.series.items()
        if (found := shape(series)) is not None and not _means_nothing(name, found)
    }
    return Features(run, shapes, chance(run), read_rates(run))
