"""Where a network stands that has learned nothing: the level of guessing, or of the targets' mean."""

from __future__ import annotations

import math
from dataclasses import dataclass

from curvewise.curves.coarse import finite
from curvewise.curves.run import Quantity, Run, Series

MOST_CLASSES = 1000
LOSS_TOLERANCE = 0.03
"""Relative: a loss this near to ln k is one of guessing. Three in a hundred of ln k, as an untrained
network's outputs differ a little (Karpathy's and CS231n's check of the loss at the start is by eye; runmedic
takes 2 %)."""
ERROR_TOLERANCE = 0.1
"""Relative: how far the share of right guesses may be from 1/k."""


@dataclass(frozen=True)
class Chance:
    """What guessing costs."""

    loss: float
    """ln k nats for k classes: cross-entropy of equal shares; 1 for standardised targets: their variance."""
    error: float | None
    """1 - 1/k; None for targets that are numbers."""
    classes: int | None
    """k; None for targets that are numbers."""


def chance(run: Run) -> Chance | None:
    """Chance level: by the classes or the loss that the settings tell, else seen in the first points.

    Seen: one of the first three values of a loss lies within 3 % of ln k while the error there lies where
    guessing among the same k puts it, or while the run's unit of loss is so confirmed by its other series.
    None where there is no such k: squared errors, unequal classes, runs recorded from later on.
    """
    told = run.settings.get("classes")
    if isinstance(told, int) and not isinstance(told, bool) and told >= 2:
        return of_classes(told)
    if run.settings.get("loss") == "squared" and "encoding" in run.settings:
        return Chance(1.0, None, None)  # a trial of a study: its targets are standardised
    pairs: tuple[tuple[Quantity, Quantity], ...] = (
        ("train_loss", "train_error"),
        ("valid_loss", "valid_error"),
    )
    for loss, error in pairs:
        if loss in run.series and error in run.series:
            found = _seen(finite(run.series[loss]), finite(run.series[error]))
            if found is not None:
                return found
    return None


def of_classes(classes: int) -> Chance:
    """Guessing among ``classes``."""
    return Chance(math.log(classes), 1 - 1 / classes, classes)


def _seen(losses: Series, errors: Series) -> Chance | None:
    for loss, error in zip(losses.values[:3], errors.values[:3], strict=False):
        if not (0 < error < 1 and 0 < loss < math.log(MOST_CLASSES) * (1 + LOSS_TOLERANCE)):
            continue
        k = round(1 / (1 - error))
        for classes in (k, k - 1, k + 1):
            if 2 <= classes <= MOST_CLASSES and _guesses(loss, error, of_classes(classes)):
                return of_classes(classes)
    return None


def _guesses(loss: float, error: float, guess: Chance) -> bool:
    right = 1 - (guess.error or 0)
    near_loss = abs(loss - guess.loss) <= LOSS_TOLERANCE * guess.loss
    return near_loss and abs((1 - error) - right) <= ERROR_TOLERANCE * right
