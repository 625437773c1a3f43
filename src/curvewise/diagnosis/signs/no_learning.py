"""Not learning at all: at the level of guessing, one answer for all examples, or flat from the start."""

from __future__ import annotations

import numpy as np

from curvewise.curves.features import ENOUGH, Features
from curvewise.curves.run import Quantity
from curvewise.curves.shape import Shape
from curvewise.diagnosis.findings import finding
from curvewise.diagnosis.measurements import ABOVE_CHANCE, start_above_chance
from curvewise.diagnosis.suspect import Suspect
from curvewise.diagnosis.suspects import at_fault, suspect
from curvewise.records import Finding

NOTHING = 0.05
"""Share of the start that a run which learned anything gains. runmedic takes 2 %, losslint 1 %: both miss
the fall to the mean of the targets, which comes before any learning."""

AT_CHANCE = 0.95
"""Loss over ln k: runmedic takes within 2 % of ln k; networks whose units died wander a little above it."""

ALWAYS_WRONG = 0.75
"""Error over the first error: a network that answers the same for every row still gains the share of the
largest class, a quarter at most of what it got wrong."""

HIGH = 0.4
"""Error from which on a curve that does not move may be at guessing: two equal classes are at 0.5. It only
keeps signs silent of networks that were trained before; no verdict rests on it."""

STILL = 0.15
"""Change over the newer half / change over the whole run below which a curve lies flat."""

SURER = 5.0
"""First over later loss per wrong answer. It rises as networks grow sure of themselves (from 2.5 to 3 nats on
our tables; 1.6 times the median at most on 200 healthy runs), whatever the loss is multiplied by; it falls
five-fold only if they began far too sure. Blobs that are told apart within an epoch reach 3."""

SOURCE = "CS231n and Karpathy, A Recipe for Training Neural Networks: loss at the start, constant baseline"


def at_chance(features: Features) -> Finding | None:
    r"""The sign "not learning", by the loss of guessing: the training loss ends at ln k of k classes or
    above.

    .. math:: y_T \ge 0.95 \ln k \quad\text{nats}

    with k from the settings (1 instead of ln k where a study's standardised targets are numbers), or from
    first points that lie at guessing in both loss and error, and the curve flat over its newer half. At least
    6 points.
    """
    curve, guess = features.train or features.valid, features.chance
    if curve is None or guess is None or curve.points < ENOUGH or curve.end < AT_CHANCE * guess.loss:
        return None
    if _learns_by_error(features, guess.error) or curve.late_fall > STILL * guess.loss:
        return None
    guessing = f"guessing among {guess.classes} classes" if guess.classes else "always telling the mean"
    what = f"the loss ends at {curve.end:.4g}, and {guessing} costs {guess.loss:.4g}"
    return finding(
        "not learning",
        (curve.first_at, curve.last_at),
        {"end": curve.end, "chance": guess.loss},
        0.95,
        at_fault(features),
        what,
        SOURCE,
    )


def _learns_by_error(features: Features, guess: float | None) -> bool:
    error = features.train_error or features.valid_error
    return error is not None and guess is not None and error.end < 0.8 * guess


def constant_answer(features: Features) -> Finding | None:
    """The sign "constant answer": every error of the newer half is the same, and as high as at the start.

    Of training and validation alike where both are there, to a thousandth of the error, over at least 4
    points, and at 3/4 of the first error or more: a network that gives one class whatever it is shown. The
    last value may differ (programs that log an evaluation last).
    """
    names: tuple[Quantity, ...] = ("train_error", "valid_error")
    curves = [curve for name in names if (curve := features.shapes.get(name)) is not None]
    if not curves or any(curve.points < ENOUGH for curve in curves):
        return None
    if not all(_constant(curve) for curve in curves):
        return None
    error = curves[-1]
    what = (
        f"the error stands at {error.end:.4g}, to the digit, while training goes on: the same answer for all"
    )
    return finding(
        "constant answer",
        (float(error.series.at[len(error.series) // 2]), error.last_at),
        {"error": error.end, "first_error": error.start},
        0.9,
        at_fault(features),
        what,
        SOURCE + "; DeepDiagnosis 2022 (unchanged accuracy)",
    )


def _constant(curve: Shape) -> bool:
    newer = curve.series.values[len(curve.series) // 2 : -1]
    middle = float(np.median(newer))
    same = np.abs(newer - middle) <= 1e-3 * middle
    early = float(np.median(curve.series.values[:3]))
    return len(newer) >= 3 and bool(same.mean() >= 0.9) and middle > 0 and middle >= ALWAYS_WRONG * early


def flat(features: Features) -> Finding | None:
    r"""The sign "not learning", by the curve alone: less than a twentieth was gained, and no more is coming.

    .. math:: (y_0 - y_T) / y_0 < 0.05, \qquad |\Delta_{\mathrm{late}}| \le 0.15\,|y_0 - y_T| \text{ or } 4 SE

    of the training loss (or what tells best), with values of at least 0; the first value is the chance level
    where that is known and lower. One that rose by more counts where it was never a twentieth below its
    start: the first step threw it out for good. Not where the error shows that it had learned before the log
    began: then nothing can be told. At least 8 points, since a short log of a good network is flat, too.
    """
    curve, name = features.curve, features.learned
    if curve is None or name is None or curve.points < 8:
        return None
    gained = features.progress(name)
    if gained is None or gained >= NOTHING or not _lies_still(curve):
        return None
    if gained <= -NOTHING and float(curve.series.values.min()) < (1 - NOTHING) * curve.start:
        return None
    error = features.train_error or features.valid_error
    if error is not None and error.start < HIGH:
        return None
    if curve.noise > NOTHING * curve.start:
        return None
    what = f"the curve went from {curve.start:.4g} to {curve.end:.4g} and lies still"
    return finding(
        "not learning",
        (curve.first_at, curve.last_at),
        {"start": curve.start, "end": curve.end, "progress": gained},
        0.7,
        at_fault(features),
        what,
        SOURCE + "; SageMaker LossNotDecreasing, runmedic (no learning)",
    )


def no_better(features: Features) -> Finding | None:
    r"""The sign "not learning", by the error: it is where it was in the first epochs, and high.

    Of training and validation error, as far as recorded, the last level is within 0.05 of the median of the
    first three values, or within 3 standard errors of it, with a noise below a tenth of that; and the
    training loss lies still over its newer half. A loss may fall without anything being learned: outputs that
    shrink to a constant, a fall from a bad start. At least 8 points, and errors of 0.4 and more, since a
    network that was trained before begins low and stays there.
    """
    names: tuple[Quantity, ...] = ("train_error", "valid_error")
    errors = [curve for name in names if (curve := features.shapes.get(name)) is not None]
    if not errors or any(error.points < 8 or not _unmoved(error) for error in errors):
        return None
    train = features.train
    if train is not None and not _lies_still(train):
        return None
    error = errors[-1]
    return finding(
        "not learning",
        (error.first_at, error.last_at),
        {"first_error": float(np.median(error.series.values[:3])), "last_error": error.end},
        0.75,
        at_fault(features),
        f"the error is {error.end:.3g}, where it was in the first {features.run.unit}s",
        SOURCE,
    )


def _unmoved(error: Shape) -> bool:
    early = float(np.median(error.series.values[:3]))
    same = early - error.end <= max(NOTHING * early, 3 * error.error)
    return same and early >= HIGH and error.end >= HIGH and error.noise < 0.1 * early


def _lies_still(curve: Shape) -> bool:
    middle = float(curve.smooth[len(curve.smooth) // 2])
    return abs(middle - curve.end) <= max(STILL * abs(curve.start - curve.end), 4 * curve.error)


def bad_start(features: Features) -> Finding | None:
    r"""The sign "bad start": the first losses are far above guessing, since outputs are huge and sure.

    .. math:: y_0 \ge 3 \ln k \qquad\text{or}\qquad
              \frac{y_0 / e_0}{\mathrm{median}(y / e)} \ge 5

    with y the training loss, e the training error and k classes, if known. The second form needs no k and
    does not change with the loss's unit: the loss per wrong answer falls five-fold. At least 6 points.
    """
    train = features.train
    if train is None or train.points < ENOUGH:
        return None
    above, surer = start_above_chance(features), _sureness(features)
    if (above is None or above < ABOVE_CHANCE) and (surer is None or surer < SURER):
        return None
    blame = suspect(features) or Suspect(
        "initialisation",
        "change",
        None,
        "initial weights or inputs are far too large: draw smaller weights, standardise the inputs",
        "He et al. 2015, arXiv 1502.01852; LeCun et al. 1998, section 4.3",
    )
    what = f"the first loss is {train.start:.4g}" + (f", {above:.3g} times that of guessing" if above else "")
    return finding(
        "bad start",
        (train.first_at, train.first_at),
        {"start": train.start, **({"times_chance": above} if above else {})},
        0.9,
        blame,
        what,
        "CS231n and Karpathy: the first loss is ln k; TheDeepChecker 2022 (initial loss)",
    )


def _sureness(features: Features) -> float | None:
    """First over median loss per wrong answer, while a fiftieth of the first errors is left to be made."""
    train, error = features.train, features.train_error
    if train is None or error is None or train.start <= 0 or error.start <= 0:
        return None
    wrong = np.interp(train.series.at, error.series.at, error.series.values)
    counted = wrong > 0.02 * error.start
    if counted.sum() < ENOUGH or float(train.series.values.min()) < 0:
        return None
    per_wrong = float(np.median(train.series.values[counted] / wrong[counted]))
    return train.start / error.start / per_wrong if per_wrong > 0 else None
