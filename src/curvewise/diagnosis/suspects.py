"""Which hyperparameter a run that has not learned enough is to be blamed on."""

from __future__ import annotations

import math
from collections.abc import Callable

from curvewise.curves.features import Features
from curvewise.diagnosis import measurements, settings
from curvewise.diagnosis.suspect import Suspect, lower_rate, raise_rate, unrelated

LOOKS: tuple[Callable[[Features], Suspect | None], ...] = (
    settings.inputs,
    settings.initial_scale,
    settings.minibatch,
    measurements.start,
    settings.dropout,
    settings.weight_decay,
    settings.units,
    settings.activation,
    settings.rate,
    measurements.gradient,
    measurements.dead,
    measurements.update,
)
"""In order of certainty: what was set, then what was measured."""


def suspect(features: Features) -> Suspect | None:
    """The first hyperparameter with evidence of its own, surest evidence first; None where there is none.

    Settings far from anything usual come first, then what gradients and updates show. It says nothing of
    whether a run is in trouble: ask it when a sign says so.
    """
    found = (look(features) for look in LOOKS)
    return next((each for each in found if each is not None), None)


def at_fault(features: Features) -> Suspect:
    """What to blame a run on that learned nothing: evidence, else its data, else its curve.

    Where the learning rate, its optimizer and the updates are known and usual, and no setting is odd, steps
    are not to blame.
    """
    found = suspect(features)
    if found is not None:
        return found
    known = features.setting("learning_rate") is not None and features.word("optimizer") is not None
    return unrelated() if known and features.typical("update_ratio") is not None else by_curve(features)


def by_curve(features: Features) -> Suspect:
    """What to blame by the curve alone: steps too long for a restless curve, too short for a smooth one."""
    curve = features.curve
    restless = curve is None or not math.isfinite(curve.oscillation) or curve.swing > abs(curve.late_fall)
    if restless or (curve is not None and curve.end >= curve.start):
        return lower_rate("it does not fall at all")
    return raise_rate("it falls smoothly, only slowly")
