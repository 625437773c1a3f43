"""Which hyperparameter a run that has not learned enough is to be blamed on."""

from __future__ import annotations

import math
from collections.abc import Callable

from curvewise.curves.features import Features
from curvewise.diagnosis import measurements, settings
from curvewise.diagnosis.suspect import Suspect, lower_rate, raise_rate, unrelated

USUAL_UPDATE = 1e-3
"""Update / weights per step of a good rate (CS231n, neural networks 3: "somewhere around 1e-3")."""

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
    are not to blame, even if units have died: there was nothing to learn.
    """
    found = suspect(features)
    known = features.setting("learning_rate") is not None and features.word("optimizer") is not None
    usual = known and features.typical("update_ratio") is not None
    if found is None or (usual and found.too_much and found == measurements.dead(features)):
        return unrelated() if usual else by_curve(features)
    return found


def longer(features: Features) -> Suspect | None:
    """What to blame a run on that had not finished: evidence, else its steps, or how many there were.

    Updates are measured closer to the matter than a rate is by what is usual with its optimizer: steps that
    change the weights by a thousandth of their length or more are long enough, so there were too few of them.
    None where neither evidence nor updates are known.
    """
    found, update = suspect(features), features.typical("update_ratio")
    short = found is None or (found.hyperparameter, found.direction) == ("learning_rate", "raise")
    if not short or update is None:
        return found
    if update >= USUAL_UPDATE:
        because = "its steps are of usual length: plan more epochs, and let the decay follow them"
        return Suspect("epochs", "raise", 2.0, because, "the article; CS231n, update ratio")
    return found or raise_rate(f"its steps change the weights by {update:.2g} only, so take longer ones")


def by_curve(features: Features) -> Suspect:
    """What to blame by the curve alone: steps too long for a restless curve, too short for a smooth one."""
    curve = features.curve
    restless = curve is None or not math.isfinite(curve.oscillation) or curve.swing > abs(curve.late_fall)
    if restless or (curve is not None and curve.end >= curve.start):
        return lower_rate("it does not fall at all")
    return raise_rate("it falls smoothly, only slowly")
