"""Training that leaves the numbers or loses what it had learned: non-finite, diverging."""

from __future__ import annotations

import math

import numpy as np

from curvewise.curves.features import ENOUGH, Features
from curvewise.curves.run import Quantity, Series
from curvewise.curves.shape import Shape
from curvewise.curves.slope import theil_sen
from curvewise.diagnosis.findings import finding, spelled
from curvewise.diagnosis.suspect import STEP, Suspect, lower_rate
from curvewise.diagnosis.suspects import suspect
from curvewise.records import Finding, Point

LOST = 0.5
"""Share of the progress that is lost for good. runmedic's divergence rule has the same half; a decaying
cyclic rate or a restart loses less and wins it back."""

CERTAIN = 5.0
"""Standard errors that a rise must measure: one in a million by chance, since noise is seldom normal."""

CREEPS = 0.05
"""Share of the fall that is lost in a steady climb: the training loss of none of 280 healthy runs climbed for
0.4 of the places at all."""
CREEPS_LEVEL = 0.2
"""The same of the least level, so that what fell by much, and learned all, is not accused of a trifle."""

BEYOND_WANDERING = 2.0
"""Times the largest rise that the same curve had recovered from before."""

SHOT_UP = 2.0
"""Times the first value that an early one measures. In the first quarter of 399 healthy runs of ours on 11
tables no epoch's mean rose above 1.4 times the first."""
EARLY = 0.25
"""Share of the points in which the first steps can throw a run out: within it 98 % of those healthy
runs have come half way."""
STILL = 0.05
"""Of its level: what a curve that lies still gains after the first quarter, beside 4 standard errors; the
twentieth that counts as nothing in ``no_learning``."""

MANY = 3
"""Spikes: one is an odd minibatch, two are chance."""

PLAYBOOK = "Deep Learning Tuning Playbook (gradient clipping, warm-up)"
SOURCE = "the article, learning rate; LeCun et al. 1998, Efficient BackProp, section 5"


def diverging(point: Point) -> Finding | None:
    """The sign "diverging" in one point of a trial: loss, output or weight is not finite any more.

    Article row 3, fourth picture; by LeCun et al. 1998 (Efficient BackProp, section 5) gradient
    descent on a quadratic of curvature h diverges above a learning rate of 2 / h.
    """
    if not point.diverged:
        return None
    evidence = {"learning_rate": point.learning_rate, "epoch": float(point.epoch)}
    if math.isfinite(point.gradient_norm):
        evidence["gradient_norm"] = point.gradient_norm
    return Finding(
        sign="diverging",
        trial=point.trial,
        span=(point.epoch, point.epoch),
        evidence=evidence,
        confidence=1.0,
        hyperparameter="learning_rate",
        direction="lower",
        factor=1 / STEP,
        reason=(
            f"the loss was no finite number in epoch {point.epoch} at a learning rate of "
            f"{point.learning_rate:.3g}: the steps overshoot and grow, so take smaller ones"
        ),
        source=SOURCE,
    )


def non_finite(features: Features) -> Finding | None:
    """The sign "non-finite": a loss that is infinite, or no number, at the end of its curve.

    A training loss whose last value is NaN or infinite, or a validation loss with an infinite value or two
    NaN at its end (one NaN may be an epoch without validation). Certain with any number of points.
    Published: SageMaker ExplodingTensor and DeepDiagnosis (any NaN), AutoTrainer (NaN loss).
    """
    losses: tuple[tuple[Quantity, int], ...] = (("train_loss", 1), ("valid_loss", 2))
    for quantity, trailing in losses:
        recorded = features.run.series.get(quantity)
        series = _placed(recorded) if recorded is not None else None
        at = _left_the_numbers(series, trailing) if series is not None else None
        if series is not None and at is not None:
            return Finding(
                sign="non-finite",
                trial=None,
                span=(at, float(series.at[-1])),
                evidence={"first": at},
                confidence=1.0,
                hyperparameter="learning_rate",
                direction="lower",
                factor=1 / STEP,
                reason=(
                    f"the {spelled(quantity)} is no finite number from {features.run.unit} {at:g} on: steps "
                    "that overshoot grow until numbers run over, so take smaller ones"
                ),
                source=SOURCE,
            )
    return None


def _placed(series: Series) -> Series:
    """Its points whose places are numbers."""
    known = np.isfinite(series.at)
    return series if known.all() else Series(series.at[known], series.values[known])


def _left_the_numbers(series: Series, trailing: int) -> float | None:
    """Where the values stop being finite for good; None where they do not."""
    bad = ~np.isfinite(series.values)
    if not len(bad) or not bad[-1]:
        return None
    good = np.flatnonzero(~bad)
    first = int(good[-1]) + 1 if len(good) else 0
    infinite = bool(np.isinf(series.values[first:]).any())
    return float(series.at[first]) if infinite or len(series) - first >= trailing else None


def rising(features: Features) -> Finding | None:
    r"""The sign "diverging": training has lost half of what it had gained, or never fell and rose.

    With y_0, y_min, y_T the first, least and last level of the training loss, else of the training error,
    else of a validation loss that never fell, in its own unit:

    .. math:: (y_T - y_{min}) / (y_0 - y_{min}) > 0.5

    and the rise measures 5 standard errors, and twice the largest rise that the curve had recovered from; or
    0.05 of the fall and a fifth of the least level were lost in a climb of 0.4 of the run or more (the
    training loss; Theil-Sen, of all of it and of its newer half). Levels are running medians, so that one odd
    value is nothing. At least 6 points.
    """
    names: tuple[Quantity, ...] = ("train_loss", "train_error")
    trained = [name for name in names if name in features.shapes]
    found = ((name, features.shapes[name]) for name in trained or ["valid_loss"] if name in features.shapes)
    lost = next(((name, curve) for name, curve in found if _is_lost(name, curve)), None)
    if lost is None or (lost[0] == "valid_loss" and lost[1].fall_in_errors > CERTAIN):
        return None  # a validation loss that fell and rose tells of overfitting
    name, curve = lost
    share = curve.rise / curve.fall if curve.fall > 0 else math.inf
    what = (
        f"the {spelled(name)} rose from {curve.least:.4g} at "
        f"{features.run.unit} {curve.least_at:g} to {curve.end:.4g} and did not come back"
    )
    return finding(
        "diverging",
        (curve.least_at, curve.last_at),
        {"least": curve.least, "end": curve.end, "share_lost": share, "rise_in_errors": curve.rise_in_errors},
        0.95,
        _blame(features),
        what,
        "half of the progress lost: runmedic 0.1.1",
    )


def _blame(features: Features) -> Suspect:
    """The rate, unless something else was set far from the usual."""
    found = suspect(features)
    if found is not None and not found.too_little:
        return found
    return lower_rate("steps overshoot the valley and climb its other side", SOURCE)


def _crept_up(curve: Shape) -> bool:
    """It climbs steadily, for long, and by more than a decaying rate or a new cycle brings."""
    enough = curve.rise > CREEPS * curve.fall and curve.rise > CREEPS_LEVEL * abs(curve.least)
    return enough and curve.rise_in_errors >= CERTAIN and curve.climbs


def _is_lost(name: Quantity, curve: Shape) -> bool:
    return curve.points >= ENOUGH and (_lost(curve) or (name == "train_loss" and _crept_up(curve)))


def _lost(curve: Shape) -> bool:
    certain = curve.rise_in_errors > CERTAIN and curve.rise > BEYOND_WANDERING * curve.recovered_rise
    return certain and curve.rise > LOST * max(curve.fall, 0.0)


def shot_up(features: Features) -> Finding | None:
    r"""The sign "shot up at the start": a loss that is huge at once, comes down somewhere, and lies there.

    Of the training loss (validation loss where there is none) by epochs, positive, of at least 12 points: the
    largest of the first quarter is twice the first one or more, and from then on it lies still: it does not
    fall (Theil-Sen), and gained no more than 0.05 of its level or 4 standard errors. Where it came down to
    may be a constant answer, which biases learn however long the steps are; what learns more falls on. A
    huge first value alone says nothing: of their losses alone, a run that learned all in its first epochs
    and one that was thrown out of its valley look alike.
    """
    curve = features.train or features.valid
    if curve is None or features.run.unit != "epoch" or curve.points < 2 * ENOUGH or not curve.end > 0:
        return None
    quarter = max(3, int(EARLY * len(curve.series)))
    early, later = curve.series.values[:quarter], curve.since(quarter)
    gained = float(np.median(later.values[: len(later) // 2])) - curve.end
    still = abs(gained) <= max(STILL * curve.end, 4 * curve.error)
    peak = float(early.max())
    if peak < SHOT_UP * max(curve.start, curve.end) or not still or theil_sen(later).falls:
        return None
    at = float(curve.series.at[int(early.argmax())])
    return finding(
        "shot up at the start",
        (curve.first_at, at),
        {"start": curve.start, "peak": peak, "end": curve.end},
        0.75,
        _blame(features),
        f"the loss was {peak:.4g} in {features.run.unit} {at:g}, fell at once, and lies still at "
        f"{curve.end:.4g} since",
        SOURCE,
    )


def spiky(features: Features) -> Finding | None:
    """Advice "spikes": the training loss leapt up and came back, three times or more.

    Leaps of 8 times the noise of single points and of 0.2 of the whole fall (``curves.spikes``), after the
    first tenth of the run. It recovered each time, so nothing is wrong yet; the next may not.
    """
    train = features.train
    if train is None:
        return None
    late = [at for at in train.spikes if at > train.first_at + 0.1 * (train.last_at - train.first_at)]
    if len(late) < MANY:
        return None
    return finding(
        "spikes",
        (late[0], late[-1]),
        {"spikes": float(len(late))},
        0.7,
        Suspect(
            "clip", "change", None, "clip the gradient at its 90th percentile, or warm up longer", PLAYBOOK
        ),
        f"the loss leapt up {len(late)} times and came back",
        SOURCE,
    )
