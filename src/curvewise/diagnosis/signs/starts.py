"""Training that is late from the start: held back by a setting, or by steps that are too short."""

from __future__ import annotations

import math

import numpy as np

from curvewise.curves.features import ENOUGH, HALF_WAY, Features
from curvewise.curves.shape import Shape
from curvewise.diagnosis.findings import finding
from curvewise.diagnosis.signs.steps import FEWEST, beside
from curvewise.diagnosis.suspect import Suspect
from curvewise.diagnosis.suspects import USUAL_UPDATE, by_curve, suspect
from curvewise.records import Finding

LATE_HALF = 0.2
"""Share of the run that the first half of the fall took. 19 of 20 healthy runs of ours are half way within
0.14 of it, those on noisy tables within 0.31, which no setting explains and minibatches' noise shows."""
TAKE_OFF = 0.1
"""The same where the curve lay still at first, and the settings say why."""
STILL_AT_FIRST = 0.4
"""Of the first half of the fall, what came in the first half of its time: 0.5 of a straight line, 0.59 of an
exponential fall."""
STILLEST = 0.01
"""Largest rise, and noise, over fall: steps so short that nothing of the minibatches' noise is seen.
Three of four healthy runs of ours are less quiet."""
LATE_BY_ITSELF = 0.24
"""The same where nothing but the curve shows it: an exponential fall of three time constants,
within a twentieth of its floor, is half way at 0.23; slow steps that decay linearly, at 0.29."""
SHORT_UPDATE = 5e-4
"""Update / weights beside a rate far below the usual: one of twelve healthy runs of ours is below it, and 15
of 399 are at such a rate, too, but none of these is half way as late."""

FIRST = 30
"""The first of so many parts of a run: what the first epoch is of the trainings that this was tried on."""
LOST = 0.25
"""Share of the gain of a run. Half of 399 healthy runs of ours had gained 0.49 in that time; a thousandth of
the initial weights over 4 layers, and 6 layers of sigmoid, which end 2 % to 7 times worse even when tuned,
mostly 0.2 and less. Under raw inputs nothing at all: those that did no harm had gained 0.1 and more, others
were above the loss of guessing."""
PRECISION = 2.0**-24
"""Of single precision. What weights of so small a scale leave of a signal, layer by layer, is lost beside
what biases give; a tenth of the usual ones in 2 layers did no harm on 5 of 5 tables."""
HOLD_BACK = ("encoding", "initialisation", "activation")
"""What dims signals or gradients from the first step on."""

SOURCE = "the article, learning rate, second picture; CS231n, neural networks 3 (low rates)"


def slow_start(features: Features) -> Finding | None:
    r"""The sign "slow start": the first half of the fall took a good part of the run.

    With t(1/2) the place at which the running median of the training loss is first half way from its start to
    its least level, and the same of the validation loss where it was recorded:

    .. math:: (t_{1/2} - t_0) / (t_T - t_0) \ge 0.2

    and settings, gradients or updates show what holds it back (0.1 where the curve lay still first: less
    than 0.4 of that half came in the first half of its time). Where nothing shows, only a curve that is
    later (0.24) and quieter than minibatches' noise allows at a good rate (no rise, no noise above 0.01 of
    the fall), less than half of the way down, with validation beside it. A rate that is far below the usual
    takes such quiet, too, or updates below 0.0005 of the weights, since networks that were trained before are
    tuned at low rates. Unlike a straight line this does not depend on how the rate decayed: runs at a good
    rate gain most in their first epochs. At least 8 points.
    """
    train, valid = features.train, features.valid
    gained = features.progress("train_loss")
    if train is None or gained is None or train.points < FEWEST or train.fall_in_errors < 5:
        return None
    halves = [_half_way(each) for each in (train, valid) if each is not None]
    blame = _held_back(features)
    late, take_off = min(halves) >= LATE_HALF, min(halves) >= TAKE_OFF and _still_at_first(train)
    by_rate = blame is not None and blame.hyperparameter == "learning_rate"
    update = features.typical("update_ratio")
    short = update is not None and update < SHORT_UPDATE
    evident = blame is not None and ((late and short) if by_rate else (late or take_off))
    low = (by_rate and late) or (min(halves) >= LATE_BY_ITSELF and gained < HALF_WAY)
    visible = low and train.quiet(STILLEST, STILLEST) and beside(train, valid)
    if not evident and not visible:
        return None
    unit = features.run.unit
    return finding(
        "slow start",
        (train.first_at, train.first_at + halves[0] * (train.last_at - train.first_at)),
        {"half_way": halves[0], "progress": gained},
        0.8,
        blame or by_curve(features),
        f"half of the fall took {halves[0]:.0%} of the {unit}s",
        SOURCE,
    )


def lost_start(features: Features) -> Finding | None:
    r"""The sign "lost start": steps of usual length taught nearly nothing at first, as settings explain.

    With c the loss of guessing, y_1 the training loss after a thirtieth of the points (the first of fewer)
    and y_T its last level:

    .. math:: (c - y_1) / (c - y_T) \le 0.25

    where updates of 0.001 of the weights and more (median of the first half) rule short steps out, and the
    settings tell of 5 layers of sigmoid, or of initial weights so far off their scheme that single precision
    ends before the last layer; at most 0 where inputs are raw. By epochs, since single steps begin at
    guessing. At least 6 points.
    """
    train, guess, update = features.train, features.chance, features.typical("update_ratio")
    if train is None or guess is None or train.points < ENOUGH or features.run.unit != "epoch":
        return None
    blame = suspect(features)
    if blame is None or blame.hyperparameter not in HOLD_BACK or update is None or update < USUAL_UPDATE:
        return None
    at = (len(train.series) - 1) // FIRST
    gain, early = guess.loss - train.end, guess.loss - float(train.series.values[at])
    bound = 0.0 if blame.hyperparameter == "encoding" else LOST
    if gain <= 0 or early > bound * gain or not _far_off(features, blame):
        return None
    return finding(
        "lost start",
        (train.first_at, float(train.series.at[at])),
        {"share_of_gain": early / gain, "update_ratio": update},
        0.75,
        blame,
        f"the first thirtieth of the run brought {max(0.0, early / gain):.0%} of what was learned in all, "
        f"though steps changed the weights by {update:.2g}",
        "He et al. 2015, arXiv 1502.01852; Glorot and Bengio 2010: signals and gradients keep their size",
    )


def _far_off(features: Features, blame: Suspect) -> bool:
    """Where initial weights are blamed for being small: too small for all layers together."""
    scale, layers = features.setting("initial_scale"), features.setting("layers")
    small = blame.hyperparameter == "initialisation" and scale is not None and 0 < scale < 1
    return not small or (layers is not None and layers * math.log(scale or 1.0) < math.log(PRECISION))


def _half_way(curve: Shape) -> float:
    """Share of the run until the level is first half way down; 0 where it never fell."""
    span = curve.last_at - curve.first_at
    if curve.fall <= 0 or span <= 0:
        return 0.0
    index = int(np.argmax(curve.smooth <= curve.start - curve.fall / 2))
    return float((curve.series.at[index] - curve.first_at) / span)


def _held_back(features: Features) -> Suspect | None:
    """A suspect that makes a start slow: steps that are too long or noisy, and regularisation, do not."""
    found = suspect(features)
    if found is None or found.too_much or found.hyperparameter in ("dropout", "weight_decay"):
        return None
    return found


def _still_at_first(curve: Shape) -> bool:
    half = curve.first_at + _half_way(curve) * (curve.last_at - curve.first_at)
    early = curve.start - curve.level_at((curve.first_at + half) / 2)
    return early < STILL_AT_FIRST * (curve.start - curve.level_at(half))
