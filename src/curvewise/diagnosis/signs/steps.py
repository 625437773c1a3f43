"""Training that is late since its steps are too few, too short, or lead nowhere for long."""

from __future__ import annotations

import numpy as np

from curvewise.curves.features import HALF_WAY, Features
from curvewise.curves.shape import Shape
from curvewise.diagnosis.findings import finding
from curvewise.diagnosis.settings import WHOLE_SET
from curvewise.diagnosis.suspect import Suspect, raise_rate
from curvewise.diagnosis.suspects import by_curve, suspect
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
BESIDE = 0.1
"""Distance of validation from training over the fall of training, within which nothing was memorised yet:
half of 399 healthy runs of ours end nearer, and one of a hundred at more than 0.34."""
FEWEST = 8
"""Points: of fewer, a tenth of the places is none."""
FEW_STEPS = 200
"""Steps in all. Networks that learn from their start on take thousands (ours 960 and more)."""

SMALL = 64.0
"""Examples: larger minibatches are meant to show the gradient clearly, and do in good runs of few rows."""
TWICE = 2.0
"""Minibatch over noise scale. In the first half of 250 healthy runs of ours it was 0.02 to 0.4, and up to 1.1
at the lowest rates; of those at a hundredth of the rate 1 to 3.4."""
SHORT_UPDATE = 5e-4
"""Update / weights beside a rate far below the usual: one of twelve healthy runs of ours is below it, and 15
of 399 are at such a rate, too, but none of these is half way as late."""
MEASURED = 3
"""Points with a noise scale: a single one is rough."""

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
    visible = low and train.quiet(STILLEST, STILLEST) and _beside(train, valid)
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


def few_steps(features: Features) -> Finding | None:
    """The sign "few steps": minibatches of a quarter of all rows or more, and the loss falls to the end.

    Minibatch / training rows at least 0.25, at most 200 steps in all (rows / minibatch x epochs, from the
    settings), a training loss that falls over its last 40 % (Theil-Sen, whole interval), and validation no
    more than a tenth of the fall above it.
    """
    train, valid = features.train, features.valid
    size, rows = features.setting("minibatch"), features.setting("train_rows")
    if (
        train is None
        or not size
        or not rows
        or min(size, rows) <= 0
        or features.run.unit != "epoch"
        or train.points < FEWEST
    ):
        return None
    steps = max(1.0, rows / size) * (train.last_at - train.first_at + 1)
    if size < WHOLE_SET * rows or steps > FEW_STEPS or not train.late_slope.falls:
        return None
    blame = suspect(features)
    if blame is None or blame.hyperparameter != "minibatch" or not _beside(train, valid):
        return None
    return finding(
        "few steps",
        (train.first_at, train.last_at),
        {"steps": steps, "minibatch": size, "train_rows": rows, "late_gain": train.late_fall},
        0.85,
        blame,
        f"the loss still falls after {steps:.0f} steps, which is all that there were",
        SOURCE + "; McCandlish et al. 2018, arXiv 1812.06162 (equation 2.7: a least number of steps)",
    )


def hardly_begun(features: Features) -> Finding | None:
    r"""The sign "hardly begun": through half of the run minibatches show the gradient clearly.

    With B the minibatch and the gradient noise scale (median of its first half, at least 3 measurements):

    .. math:: \mathrm{tr}(\Sigma) / |G|^2 \le B / 2 \quad\text{examples}, \qquad B \le 64

    and validation beside training, so that nothing was memorised yet. The scale grows as the loss falls
    (McCandlish et al. 2018, section 2.3): as long as steps are not noisy, longer ones or more of them gain.
    """
    train, size, scale = features.train, features.setting("minibatch"), features.typical("gradient_noise")
    if train is None or size is None or scale is None or size > SMALL or scale > size / TWICE:
        return None
    measured = features.shapes["gradient_noise"]
    if measured.points < MEASURED or train.points < FEWEST or not _beside(train, features.valid):
        return None
    shorter = "steps are far shorter than the gradient is sure of: take longer ones, or many more"
    return finding(
        "hardly begun",
        (measured.first_at, measured.last_at),
        {"noise_scale": scale, "minibatch": size},
        0.75,
        suspect(features) or raise_rate(shorter, "McCandlish et al. 2018"),
        f"the gradient noise scale is {scale:.3g} examples, and the minibatch has {size:g}",
        SOURCE + "; McCandlish et al. 2018, arXiv 1812.06162",
    )


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


def _beside(train: Shape, valid: Shape | None) -> bool:
    return valid is None or valid.end - train.end < BESIDE * train.fall
