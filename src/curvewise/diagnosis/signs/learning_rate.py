"""A learning rate that is too high, too low, or decayed at the wrong time."""

from __future__ import annotations

import math

import numpy as np

from curvewise.curves.coarse import MOST
from curvewise.curves.features import ENOUGH, Features
from curvewise.curves.rates import Rates
from curvewise.curves.run import Series
from curvewise.curves.shape import LATE, Shape, swing
from curvewise.diagnosis.findings import finding
from curvewise.diagnosis.suspects import Suspect, by_curve, suspect
from curvewise.records import Finding

BOUNCES = 0.1
"""Oscillation (swing / fall) of epoch means above which a plateau is no floor: healthy runs at constant rates
swing by 0.002 to 0.03 of their fall."""
BOUNCES_BY_STEP = 0.5
"""The same of single steps' losses, which differ by their examples, too."""
BOUNCES_LEVEL = 0.03
"""Swing over the level that is left: what is less is no trouble, whatever fell. A run that was resumed where
it had converged falls by nothing. AutoTrainer counts swings of 0.03 of accuracy."""

UNSURE = 3.0
"""A swing of n points has a standard error of 1.2 / sqrt(n) of itself: two and a half of them beyond the
bound."""

HALF_WAY = 0.5
LINEAR = 0.5
"""Late slope / mean slope: 1 is a straight line; an exponential fall that has a sixth of its way left, 1.9
time
constants, is at 0.5, and so is a straight line bent by a rate that falls to zero."""

GAINS = 0.12
"""What the last 40 % of the epochs gained, over the whole fall, that a schedule should not have cut off."""
GAINS_LEVEL = 0.15
"""The same over the level that is left."""
GAINS_EVIDENT = 0.1
"""The same where settings or updates show steps that are too short as well. Good long runs gain about 0.1 of
their level under a decaying rate, so less than that is never taken for a fault."""
CREEPING = 0.1
"""Share of all the learning rate that is spent in the last 40 % where steps have nearly stopped."""
CREEPS_LEVEL = 0.05
"""What such steps gained, over the level that is left, that tells of more to gain."""
SMOOTH = 0.1
"""Noise / late gain: what falls because a high rate decays is restless before."""

STEEP = 0.2
"""Fall over the last half of the time before a drop of the rate / the fall so far."""
SOON = 0.2
MOSTLY_SPENT = 0.75
STEEP_SOON = 0.05
"""The same where three quarters of all the rate were spent in the first fifth of the run: the first epoch's
fall, from guessing, outweighs what the next ones gained."""
STOPPED = 0.1
"""Slope after such a drop / slope before it."""

SAT_STILL = 0.15
"""Share of the whole fall that came before the first drop of the rate."""

ARTICLE = (
    "the article, learning rate and its decay (x 0.1 every 8 epochs); today rather linearly to zero "
    "(Bergsma et al. 2025, arXiv 2502.15938; Mishkin et al. 2016: 0.471 by steps, 0.493 linearly)"
)


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
        or train.slope(0.4).falls
        or train.late_fall > 2 * train.swing
    ):
        return None
    blame = too_long_steps(features)
    if features.run.unit == "step" and (blame is None or _few_examples(blame)):
        return None
    if blame is None:
        blame = Suspect("learning_rate", "lower", 0.1, "steps too long for the valley's floor", "CS231n")
    what = f"the loss swings by {train.swing:.3g} about {train.end:.4g} and has stopped falling"
    return finding(
        "oscillating on a plateau",
        (float(train.series.at[train.late_start]), train.last_at),
        {"swing": train.swing, "oscillation": train.oscillation, "level": train.end},
        0.85,
        blame,
        what,
        ARTICLE,
    )


def too_long_steps(features: Features) -> Suspect | None:
    """A suspect other than steps that are too short."""
    found = suspect(features)
    short = found is not None and (found.hyperparameter, found.direction) == ("learning_rate", "raise")
    return None if short else found


def _few_examples(blame: Suspect) -> bool:
    """Losses of one or two examples swing by themselves: of single steps' losses that shows nothing."""
    return (blame.hyperparameter, blame.direction) == ("minibatch", "raise")


def restless(features: Features) -> Finding | None:
    r"""The sign "restless until the rate ran out": it swung widely until a decaying rate quietened it.

    Between a tenth and six tenths of the run the training loss swings about a straight line by 0.1 of all
    its fall or more, and the settings or updates show steps that are too long: a rate 20 times the usual, a
    minibatch of 1 or 2 (by epochs only), updates above 0.05 of the weights. Single steps' losses are to
    swing by 0.5 of the fall. Without such evidence nothing is said: annealing from a high rate is good
    practice.
    """
    train = features.train
    if train is None or train.points < 2 * ENOUGH or train.fall <= 0:
        return None
    at = train.series.at
    places = at[0] + np.array([0.1, 0.6]) * (at[-1] - at[0])
    first, last = (int(i) for i in np.searchsorted(at, places))
    blame = too_long_steps(features)
    if last - first < ENOUGH or blame is None or blame.hyperparameter not in ("learning_rate", "minibatch"):
        return None
    middle, by_step = (
        swing(Series(at[first:last], train.series.values[first:last])),
        features.run.unit == "step",
    )
    if middle < (BOUNCES_BY_STEP if by_step else BOUNCES) * train.fall or (by_step and _few_examples(blame)):
        return None
    if (blame.hyperparameter, blame.direction) == ("minibatch", "lower"):
        return None
    return finding(
        "restless until the rate ran out",
        (float(at[first]), float(at[last])),
        {"swing": middle, "fall": train.fall},
        0.75,
        blame,
        f"the loss swung by {middle:.3g}, of {train.fall:.3g} that it fell in all",
        ARTICLE,
    )


def chance_until_decay(features: Features) -> Finding | None:
    r"""The sign "sat still until the rate fell": most of the fall came after the first drop of the rate.

    With the first recorded drop of the learning rate (to a third or less) at t, a fifth of the run or later:
    the curve fell by less than 0.15 of its whole fall before t, and by more than half of it after. Seen in
    ImageNet runs at minibatch 32 and rate 0.01 (Mishkin et al. 2016, figure of the minibatch sizes).
    """
    curve = features.curve
    if curve is None or features.rates is None or not features.rates.drops or curve.points < 2 * ENOUGH:
        return None
    drop, span = features.rates.drops[0], curve.last_at - curve.first_at
    if drop < curve.first_at + 0.2 * span or curve.fall_in_errors < 5:
        return None
    before = (curve.start - curve.level_at(drop - 0.02 * span)) / curve.fall
    if before > SAT_STILL:
        return None
    return finding(
        "sat still until the rate fell",
        (curve.first_at, drop),
        {"drop_at": drop, "share_of_fall_before": before},
        0.9,
        Suspect(
            "learning_rate",
            "lower",
            0.1,
            "the rate was too high to learn anything before",
            "Mishkin et al. 2016",
        ),
        f"nearly all that was learned came after the learning rate fell at {features.run.unit} {drop:g}",
        ARTICLE,
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
    late, span = curve.slope(0.4), curve.last_at - curve.first_at
    if gained is None or gained > HALF_WAY or not late.falls or curve.start <= curve.end:
        return None
    both = [each for each in (curve, features.valid) if each is not None]
    if not all(_smooth(each) for each in both):
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
        suspect(features) or by_curve(features),
        what,
        ARTICLE + "; CS231n, neural networks 3",
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


def _smooth(curve: Shape) -> bool:
    largest_rise = float(np.max(np.diff(curve.series.values), initial=0.0))
    return curve.fall > 0 and largest_rise < 0.1 * curve.fall and curve.noise < curve.fall / 30


def cut_off(features: Features) -> Finding | None:
    r"""The sign "stopped by its schedule": it still fell, smoothly, when the learning rate ran out.

    Where the recorded rate ended at half of its peak or less: in the last 40 % of the places the validation
    loss (training loss where there is none) gained, significantly (4 standard errors, Theil-Sen interval
    below 0), 0.12 of its whole fall or 0.15 of the level left (0.1 where settings or updates show short
    steps, too), with a noise below a tenth of that gain; or 0.05 of that level with less than a tenth of all
    the learning rate, at half the mean slope by rate spent. Not where the rate dropped by a step within
    those 40 %: the fall that follows a step is what steps are for (ResNet's, after 30, 60 of 90 epochs).
    What falls *because* a high rate decays was restless before; what falls smoothly wants more steps or
    longer ones.
    """
    curve = features.valid or features.train
    rates = features.rates
    if curve is None or rates is None or not rates.decayed or curve.points < ENOUGH or curve.fall <= 0:
        return None
    gain, level = curve.late_fall, float(curve.smooth[curve.late_start])
    enough = gain > GAINS * curve.fall or (level > 0 and gain > GAINS_LEVEL * level)
    enough = enough or (level > 0 and gain > CREEPS_LEVEL * level and _creeps(rates, curve))
    enough = enough or (level > 0 and gain > GAINS_EVIDENT * level and _too_short_steps(features))
    if not enough or gain < 4 * curve.error or not curve.slope(0.4).falls:
        return None
    if any(drop > curve.series.at[curve.late_start] for drop in rates.drops):
        return None
    if max(curve.noise, curve.late_noise) > SMOOTH * gain or not _smooth_before(curve, gain):
        return None
    return finding(
        "stopped by its schedule",
        (float(curve.series.at[curve.late_start]), curve.last_at),
        {"late_gain": gain, "share_of_fall": gain / curve.fall, "level": curve.end},
        0.8,
        suspect(features) or _early(rates, curve) or _longer(features),
        f"the loss still fell smoothly, from {level:.4g} to {curve.end:.4g}, when the learning rate ran out",
        "Deep Learning Tuning Playbook (still improving at the end: train longer, or faster)",
    )


def _too_short_steps(features: Features) -> bool:
    found = suspect(features)
    short = (("learning_rate", "raise"), ("minibatch", "lower"))
    return found is not None and (found.hyperparameter, found.direction) in short


def _creeps(rates: Rates, curve: Shape) -> bool:
    """By the rate spent, the end is half as steep as the whole run, in steps that have nearly stopped."""
    left = 1 - rates.gone(float(curve.series.at[curve.late_start]))
    return 0 < left < CREEPING and curve.late_fall / left > curve.fall / 2


def _early(rates: Rates, curve: Shape) -> Suspect | None:
    half = (curve.first_at + curve.last_at) / 2
    if not rates.drops or rates.drops[0] > half:
        return None
    because = "the rate was cut too early: decay only when the curve has stopped falling"
    return Suspect("decay", "change", None, because, "the article, learning rate decay")


def _smooth_before(curve: Shape, gain: float) -> bool:
    before = curve.series.values[: curve.late_start]
    return len(before) < 3 or float(np.max(np.diff(before), initial=0.0)) < gain / 2


def _longer(features: Features) -> Suspect:
    update = features.typical("update_ratio")
    if update is not None and update < 1e-3:
        because = f"its steps change the weights by {update:.2g} only, so take longer ones"
        return Suspect("learning_rate", "raise", 10.0, because, "CS231n, update ratio")
    if update is not None:
        return Suspect(
            "epochs", "raise", 2.0, "plan more epochs, and let the decay follow them", "the article"
        )
    return Suspect("learning_rate", "raise", 3.0, "take longer steps, or plan more epochs", "the article")


def decayed_early(features: Features) -> Finding | None:
    r"""The sign "decayed too early": the curve fell steeply until the rate was cut, and lay still from then
    on.

    At the first recorded drop of the learning rate (to a third or less), in the first half of the run: over
    the
    newer half of the time until then the curve fell by 0.2 of all it had fallen so far, and its slope (per
    epoch
    or step) afterwards is less than a tenth of that before.
    """
    curve = features.valid or features.train
    if curve is None or features.rates is None or not features.rates.drops or curve.points < 2 * ENOUGH:
        return None
    drop = features.rates.drops[0]
    spent = drop <= curve.first_at + SOON * (curve.last_at - curve.first_at) and (
        features.rates.gone(drop) >= MOSTLY_SPENT
    )
    both = [each for each in (features.train, features.valid) if each is not None]
    slopes = [_about(each, drop, STEEP_SOON if spent else STEEP) for each in (both[:1] if spent else both)]
    if any(found is None for found in slopes):
        return None
    before, after = slopes[-1] or (0.0, 0.0)
    return finding(
        "decayed too early",
        (drop, curve.last_at),
        {"drop_at": drop, "slope_before": -before, "slope_after": -after},
        0.85,
        Suspect(
            "decay", "change", None, "decay only when the curve has stopped falling", "the article, decay"
        ),
        f"the loss fell steeply until the learning rate was cut at {features.run.unit} {drop:g}, and hardly "
        "since",
        ARTICLE,
    )


def _about(curve: Shape, drop: float, steepness: float) -> tuple[float, float] | None:
    """Falls per unit of place just before and after ``drop``, where they are steep and none; else None."""
    at, values = curve.series.at, curve.series.values
    index = int(np.searchsorted(at, drop))
    if not 2 <= index <= len(at) // 2:
        return None
    half = index // 2
    least = np.minimum.accumulate(values)
    so_far, newest = least[0] - least[index - 1], least[half] - least[index - 1]
    before = newest / max(at[index - 1] - at[half], 1e-12)
    after = (least[index - 1] - curve.end) / (at[-1] - at[index - 1])
    steep = so_far > 0 and newest > steepness * so_far and newest > 3 * curve.noise
    return (float(before), float(after)) if steep and after < STOPPED * before else None
