"""Runs that were longer or shorter than they needed to be: advice, no fault."""

from __future__ import annotations

import numpy as np

from curvewise.curves.features import ENOUGH, Features
from curvewise.curves.forecast import forecast
from curvewise.curves.shape import Shape
from curvewise.diagnosis.findings import finding
from curvewise.diagnosis.suspect import Suspect
from curvewise.records import Finding

IDLE = 0.6
"""Share of the run that gained nothing: more than half, so that half the epochs would have done. Ours; advice
only."""
WORTH = 0.1
"""What doubling the run must be expected to gain, over the level that is left: what harm is in overfitting.
Ours; advice only."""

SOURCE = "the article, number of epochs: train as long as the validation error falls"


def stopped_early(features: Features) -> Finding | None:
    """Advice "could train longer": it still falls, and twice the epochs are expected to gain a tenth of what
    is left.

    The validation loss (training loss where there is none) falls over its last 40 % (Theil-Sen, whole
    interval)
    and the forecast (``curves.forecast``, damped power law) for twice the length is lower by 0.1 of the
    level,
    its high end, too, below the last level. Not where the learning rate ran out: that is "stopped by its
    schedule". Positive losses only.
    """
    curve = features.valid or features.train
    decayed = features.rates is not None and features.rates.decayed
    if curve is None or curve.points < ENOUGH or decayed or not curve.late_slope.falls or curve.end <= 0:
        return None
    evenly = np.interp(np.linspace(curve.first_at, curve.last_at, 60), curve.series.at, curve.smooth)
    ahead = forecast(list(evenly), 120)
    if ahead.value > (1 - WORTH) * curve.end or ahead.high >= curve.end or curve.late_fall < 4 * curve.error:
        return None
    return finding(
        "could train longer",
        (float(curve.series.at[curve.late_start]), curve.last_at),
        {"end": curve.end, "forecast": ahead.value, "forecast_high": ahead.high},
        0.7,
        Suspect("epochs", "raise", 2.0, "it had not finished learning", SOURCE),
        f"the loss still falls at the end ({curve.end:.4g}, and about {ahead.value:.4g} after twice the "
        f"time)",
        "curves.forecast",
    )


def too_long(features: Features) -> Finding | None:
    """Advice "could be shorter": the last 60 % of the run or more gained nothing, in training or in
    validation.

    The validation curve's least level lies in the first 40 % of at least 20 points, and it neither rose (that
    is overfitting) nor fell since: what is left of it is waiting.
    """
    curve = features.valid or features.valid_error
    if curve is None or curve.points < 20 or curve.last_at <= curve.first_at:
        return None
    done = _settled_at(curve)
    share = (done - curve.first_at) / (curve.last_at - curve.first_at)
    if share > 1 - IDLE or curve.fall_in_errors < 5:
        return None
    return finding(
        "could be shorter",
        (done, curve.last_at),
        {"settled_at": done, "level": curve.end},
        0.7,
        Suspect(
            "epochs", "lower", max(0.1, round(share + 0.1, 1)), "early stopping would have saved them", SOURCE
        ),
        f"validation has been where it is since {features.run.unit} {done:g}",
        "the article, early stopping",
    )


def _settled_at(curve: Shape) -> float:
    """Since when the level is within two standard errors of the last, or a hundredth of the fall."""
    away = np.abs(curve.smooth - curve.end) > max(2 * curve.error, 0.01 * abs(curve.fall))
    index = int(np.flatnonzero(away)[-1]) + 1 if away.any() else 0
    return float(curve.series.at[min(index, len(curve.series) - 1)])
