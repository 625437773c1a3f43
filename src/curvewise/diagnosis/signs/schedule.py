"""A schedule at odds with its curve: a learning rate decayed too late, or too early, or that ran out."""

from __future__ import annotations

import numpy as np

from curvewise.curves.features import ENOUGH, Features
from curvewise.curves.rates import Rates
from curvewise.curves.shape import Shape
from curvewise.curves.smoothing import largest_rise
from curvewise.diagnosis.findings import finding
from curvewise.diagnosis.suspect import Suspect, lower_rate
from curvewise.diagnosis.suspects import longer, suspect
from curvewise.records import Finding

GAINS = 0.12
"""What the last 40 % of the epochs gained, over the whole fall, that a schedule should not have cut off. Of
342 healthy runs of ours under a decaying rate 4 fell so smoothly at all, by 0.04 at most; runs of a fifth of
the epochs gain 0.15 and more."""
GAINS_LEVEL = 0.15
"""The same over the level that is left: 0.02 at most in those healthy runs, about 0.1 in good long ones."""
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
"""Fall over the last half of the time before a drop of the rate / the fall so far. The median of 24 runs of
ours whose rate was cut after a tenth of the run is 0.33, of 57 healthy step schedules 0.05."""
SOON = 0.2
"""Share of the run within which a cut comes too soon to have been waited for: schedules by steps begin at a
third (ResNet's 30 of 90 epochs; the article's 8 of 25 or so)."""
MOSTLY_SPENT = 0.75
"""Share of all the learning rate that is gone by then: what follows hardly moves the weights. A cut to a
tenth after a third of the run leaves 0.17 for the rest, one to a hundredth after a tenth 0.08."""
STEEP_SOON = 0.05
"""The same as ``STEEP`` there: the first epoch's fall, from guessing, outweighs what the next ones gained."""
STOPPED = 0.1
"""Slope after such a drop / slope before it: at most 0.1 in those 24 runs. No healthy step schedule of ours
is both as steep before and as flat after."""

SAT_STILL = 0.15
"""Share of the whole fall that came before the first drop of the rate: at least 0.59 in 57 healthy step
schedules of ours, next to nothing in Mishkin et al. 2016."""

SOURCE = (
    "the article, learning rate decay (x 0.1 every 8 epochs); today rather linearly to zero "
    "(Bergsma et al. 2025, arXiv 2502.15938; Mishkin et al. 2016: 0.471 by steps, 0.493 linearly)"
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
        lower_rate("the rate was too high to learn anything before", "Mishkin et al. 2016"),
        f"nearly all that was learned came after the learning rate fell at {features.run.unit} {drop:g}",
        SOURCE,
    )


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
    if not enough or gain < 4 * curve.error or not curve.late_slope.falls:
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
        _cut_short(features, rates, curve),
        f"the loss still fell smoothly, from {level:.4g} to {curve.end:.4g}, when the learning rate ran out",
        "Deep Learning Tuning Playbook (still improving at the end: train longer, or faster)",
    )


def _too_short_steps(features: Features) -> bool:
    found = suspect(features)
    return found is not None and found.too_little


def _creeps(rates: Rates, curve: Shape) -> bool:
    """By the rate spent, the end is half as steep as the whole run, in steps that have nearly stopped."""
    left = 1 - rates.gone(float(curve.series.at[curve.late_start]))
    return 0 < left < CREEPING and curve.late_fall / left > curve.fall / 2


def _cut_short(features: Features, rates: Rates, curve: Shape) -> Suspect:
    found = suspect(features)
    early = _early(rates, curve) if found is None else None
    untold = Suspect("learning_rate", "raise", 3.0, "take longer steps, or plan more epochs", "the article")
    return early or longer(features) or untold


def _early(rates: Rates, curve: Shape) -> Suspect | None:
    half = (curve.first_at + curve.last_at) / 2
    if not rates.drops or rates.drops[0] > half:
        return None
    because = "the rate was cut too early: decay only when the curve has stopped falling"
    return Suspect("decay", "change", None, because, "the article, learning rate decay")


def _smooth_before(curve: Shape, gain: float) -> bool:
    before = curve.series.values[: curve.late_start]
    return len(before) < 3 or largest_rise(before) < gain / 2


def decayed_early(features: Features) -> Finding | None:
    """The sign "decayed too early": the curve fell steeply until the rate was cut, and then lay still.

    At the first recorded drop of the learning rate (to a third or less), in the first half of the run: over
    the newer half of the time until then the curve fell by 0.2 of all it had fallen so far, and its slope
    (per epoch or step) afterwards is less than a tenth of that before; of training and validation alike.
    Where three quarters of all the rate were spent by then, in the first fifth of the run, training alone,
    and 0.05 of the fall, are enough.
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
        SOURCE,
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
