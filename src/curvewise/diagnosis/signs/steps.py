"""Training whose steps are too few or too short for what there is to learn."""

from __future__ import annotations

from curvewise.curves.features import ENOUGH, Features
from curvewise.curves.shape import Shape
from curvewise.diagnosis.findings import finding
from curvewise.diagnosis.settings import WHOLE_SET
from curvewise.diagnosis.suspect import raise_rate
from curvewise.diagnosis.suspects import by_curve, longer, suspect
from curvewise.records import Finding

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
MEASURED = 3
"""Points with a noise scale: a single one is rough."""

OWN_LENGTH = 1.0
"""Lengths of the weights: a shorter path cannot have changed them altogether. Of 399 healthy runs of ours 54
stayed below, all on noisy tables, where validation stops falling early."""
STILL_GAINS = 0.03
"""Gain of the last 40 % over the level before: 0.024 at most in those 54 runs, and 0.03 to 0.39
at a hundredth of the best rate, or in a fifth of the epochs, wherever no other sign shows these."""
CERTAIN = 4.0
"""Standard errors, as in ``schedule.cut_off``."""

SOURCE = "the article, learning rate, second picture; CS231n, neural networks 3 (low rates)"


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
    if blame is None or blame.hyperparameter != "minibatch" or not beside(train, valid):
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
    if measured.points < MEASURED or train.points < FEWEST or not beside(train, features.valid):
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


def hardly_moved(features: Features) -> Finding | None:
    r"""The sign "hardly moved": the weights went less than their own length, and the loss falls to the end.

    .. math:: \sum_t \lVert\Delta w_t\rVert / \lVert w_t\rVert < 1

    over all steps (epochs, with minibatch and training rows known), while the validation loss (training loss
    where there is none) gained 0.03 of its level in the last 40 % of the run (4 standard errors, Theil-Sen
    interval below 0), though the recorded learning rate ended at half of its peak or less. Over so short a
    way a network stays close to the linear model that it is at its start (Chizat et al. 2019), and noisy
    tables want no more, but there validation lies still. At least 6 points.
    """
    curve, travel = features.valid or features.train, features.travel
    if curve is None or travel is None or curve.points < ENOUGH or travel >= OWN_LENGTH:
        return None
    if features.rates is None or not features.rates.decayed:
        return None  # at a constant rate it could train longer, which is no fault
    level = float(curve.smooth[curve.late_start])
    gain = curve.late_fall
    if level <= 0 or gain < max(STILL_GAINS * level, CERTAIN * curve.error) or not curve.late_slope.falls:
        return None
    return finding(
        "hardly moved",
        (float(curve.series.at[curve.late_start]), curve.last_at),
        {"travel": travel, "late_gain": gain, "level": curve.end},
        0.75,
        longer(features) or by_curve(features),
        f"all steps together are {travel:.2g} times as long as the weights, and the loss still falls",
        SOURCE + "; Chizat et al. 2019, arXiv 1812.07956 (lazy training)",
    )


def beside(train: Shape, valid: Shape | None) -> bool:
    """Validation ends within a tenth of training's fall above it: nothing was memorised yet."""
    return valid is None or valid.end - train.end < BESIDE * train.fall
