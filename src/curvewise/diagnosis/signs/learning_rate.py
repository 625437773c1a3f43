"""A learning rate that is too high or too low, whatever its schedule."""

from __future__ import annotations

import math

import numpy as np

from curvewise.curves.coarse import MOST
from curvewise.curves.features import ENOUGH, HALF_WAY, Features
from curvewise.curves.noise import noise_level, swing
from curvewise.curves.run import Series
from curvewise.curves.shape import LATE, Shape
from curvewise.diagnosis.findings import finding
from curvewise.diagnosis.suspect import Suspect, lower_rate
from curvewise.diagnosis.suspects import by_curve, longer, suspect
from curvewise.records import Finding

BOUNCES = 0.1
"""Oscillation (swing / fall) of epoch means above which a plateau is no floor: healthy runs at constant rates
swing by 0.002 to 0.03 of their fall."""
BOUNCES_BY_STEP = 0.5
"""The same of single steps' losses, which differ by their examples, too."""
BOUNCES_LEVEL = 0.03
"""Swing over the level that is left: what is less is no trouble, whatever fell. A run that was resumed where
it had converged falls by nothing. AutoTrainer counts swings of 0.03 of accuracy."""
BOUNCES_ONLINE = 0.05
"""The same of epoch means under minibatches of 1 and 2, while the rate is high. Tuned ones of ours that end
as well as larger minibatches swung by 0.009 to 0.032 (19 of 20; one by 0.052), half of those at a rate that
was tuned for larger ones by 0.065 and more, though it decayed. Twice the noise of single points at most, so
that a slow bend, which a straight line leaves as well, does not count."""

UNSURE = 3.0
"""A swing of n points has a standard error of 1.2 / sqrt(n) of itself: two and a half of them beyond the
bound."""

LINEAR = 0.5
"""Late slope / mean slope: 1 is a straight line; an exponential fall that has a sixth of its way left, 1.9
time constants, is at 0.5, and so is a straight line bent by a rate that falls to zero."""

SMOOTH_RISE = 0.1
"""Rise between two points over the fall: more is no straight line."""
SMOOTH_NOISE = 1 / 30
"""Noise over the fall, likewise: short steps show next to nothing of the minibatches' noise."""

SOURCE = "the article, learning rate, its third and second picture"


def bouncing(features: Features) -> Finding | None:
    r"""The sign "oscillating on a plateau": the training loss swings widely and no longer falls.

    Over the last 40 % of the places, with the swing s (1.4826 x the median distance from a straight line) and
    the fall from the first to the least level:

    .. math:: s / (y_0 - y_{min}) > 0.1

    for losses by epoch (0.5 by step) and many points, twice that for ten; s is 0.03 of the level y_T or
    more; and there is neither a slope that falls (Theil-Sen, 95 %) nor a gain beyond twice the swing.
    Without units: it depends neither on the number of points nor on the logging interval. Zig-zag that falls
    is healthy (the article's third picture). Single steps' losses swing with their examples as well, the
    more the fewer there are in a minibatch: of these it is told only where settings, gradients or updates
    show steps that are too long. AutoTrainer counts swings of 0.03 of accuracy instead.
    """
    train = features.train or features.train_error
    if train is None or train.points < 2 * ENOUGH:
        return None
    bound = BOUNCES if features.run.unit == "epoch" else BOUNCES_BY_STEP
    late = min(LATE * train.points, MOST)
    if (
        train.oscillation < bound * (1 + UNSURE / math.sqrt(late))
        or train.swing <= BOUNCES_LEVEL * abs(train.end)
        or train.late_slope.falls
        or train.late_fall > 2 * train.swing
    ):
        return None
    blame = suspect(features)
    blame = None if blame is not None and blame.too_little else blame
    if features.run.unit == "step" and (blame is None or _few_examples(blame)):
        return None
    blame = blame or lower_rate("steps too long for the valley's floor", "CS231n")
    what = f"the loss swings by {train.swing:.3g} about {train.end:.4g} and has stopped falling"
    return finding(
        "oscillating on a plateau",
        (float(train.series.at[train.late_start]), train.last_at),
        {"swing": train.swing, "oscillation": train.oscillation, "level": train.end},
        0.85,
        blame,
        what,
        SOURCE,
    )


def _few_examples(blame: Suspect) -> bool:
    """Losses of one or two examples swing by themselves: of single steps' losses that shows nothing."""
    return (blame.hyperparameter, blame.direction) == ("minibatch", "raise")


def restless(features: Features) -> Finding | None:
    r"""The sign "restless until the rate ran out": it swung widely until a decaying rate quietened it.

    Between a tenth and six tenths of the run the training loss swings about a straight line by 0.1 of all
    its fall or more, and the settings or updates show steps that are too long: a rate 20 times the usual,
    updates above 0.05 of the weights; or by 0.05 and a minibatch is of 1 or 2 examples (by epochs only).
    Single steps' losses are to swing by 0.5 of the fall. Without such evidence nothing is said: annealing
    from a high rate is good practice.
    """
    train, blame, by_step = features.train, suspect(features), features.run.unit == "step"
    if train is None or train.points < 2 * ENOUGH or train.fall <= 0:
        return None
    if blame is None or not blame.too_much or (by_step and _few_examples(blame)):
        return None
    at = train.series.at
    first, last = (int(i) for i in np.searchsorted(at, at[0] + np.array([0.1, 0.6]) * (at[-1] - at[0])))
    if last - first < ENOUGH:
        return None
    high = Series(at[first:last], train.series.values[first:last])
    middle = min(swing(high), 2 * noise_level(high)) if _few_examples(blame) else swing(high)
    bound = BOUNCES_BY_STEP if by_step else BOUNCES_ONLINE if _few_examples(blame) else BOUNCES
    if middle < bound * train.fall:
        return None
    return finding(
        "restless until the rate ran out",
        (float(at[first]), float(at[last])),
        {"swing": middle, "fall": train.fall},
        0.75,
        blame,
        f"the loss swung by {middle:.3g}, of {train.fall:.3g} that it fell in all",
        SOURCE,
    )


def slow(features: Features) -> Finding | None:
    r"""The sign "too slow": a smooth straight line that is not half way at the end of the run.

    .. math:: \frac{y_0 - y_T}{y_0} < 0.5, \qquad
              \frac{y(\tau = 0.6) - y_T}{0.4} \Big/ (y_0 - y_T) > 0.5

    with tau the share of the run, or the share of all learning rate spent where the rate was recorded, since
    a decay bends a straight line; the last 40 % fall (Theil-Sen, the whole interval below 0); y_0 is the
    first value or the chance level if that is known; losses are at least 0; training and validation are
    straight and smooth: no rise between two points beyond a tenth of the fall, noise below a thirtieth. "With
    low learning rates the improvements will be linear" (CS231n, neural networks 3).
    """
    curve, name = features.curve, features.learned
    if curve is None or name is None or curve.points < ENOUGH or curve.fall_in_errors < 5:
        return None
    gained = features.progress(name)
    late, span = curve.late_slope, curve.last_at - curve.first_at
    if gained is None or gained > HALF_WAY or not late.falls or curve.start <= curve.end:
        return None
    both = [each for each in (curve, features.valid) if each is not None]
    if not all(each.quiet(SMOOTH_RISE, SMOOTH_NOISE) for each in both):
        return None
    straight = min(_straight(features, each) for each in both)
    if straight < LINEAR:
        return None
    what = (
        f"after {span:g} {features.run.unit}s it still falls in a straight line, {gained:.0%} of the way gone"
    )
    return finding(
        "too slow",
        (curve.first_at, curve.last_at),
        {"progress": gained, "late_slope": late.value, "late_over_mean_slope": straight},
        0.85,
        longer(features) or by_curve(features),
        what,
        SOURCE + "; CS231n, neural networks 3",
    )


def _straight(features: Features, curve: Shape) -> float:
    """Late slope over mean slope, by the share of the rate spent (or of the run): 1 for a straight line."""
    at = curve.series.at
    spent = (at - at[0]) / (at[-1] - at[0])
    if features.rates is not None:
        spent = np.array([features.rates.gone(float(place)) for place in at])
    level = float(np.interp(1 - LATE, spent, curve.smooth))
    fall = curve.start - curve.end
    return (level - curve.end) / LATE / fall if fall > 0 else 0.0
