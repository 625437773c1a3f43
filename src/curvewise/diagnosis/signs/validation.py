"""What is odd about the validation set itself."""

from __future__ import annotations

import math

import numpy as np

from curvewise.curves.features import ENOUGH, Features
from curvewise.diagnosis.findings import finding
from curvewise.diagnosis.suspect import Suspect
from curvewise.records import Finding

HALF = 0.5
"""Validation over training, in loss and error, that no lag of an epoch's mean explains at a run's end."""
CERTAIN = 4.0
"""Binomial standard errors of the training error: one in 30,000 by chance. Healthy runs without dropout have
0.69 of training's loss and error at least (273 of ours)."""
LEAPS = 8.0
"""Times the noise of single points: as for spikes (``curves.spikes``)."""
RISES = 0.3
"""Of the whole fall: three times what is harm in a gradual rise (``overfitting.HARM``)."""
SUDDEN = 0.7
"""Share of the shift between two neighbours, and of what is left of it at the end. A true jump has all of it,
give or take 0.18 where the noise is an eighth of it; a steady climb over both stretches a third at most."""
LOUD = 0.6
"""Validation noise / validation fall: 1 of 100 healthy runs of ours has more. Ours; advice only."""
QUIET = 0.05
"""Training oscillation beside it: 0.034 at most in 399 healthy runs of ours."""


def suspicious_split(features: Features) -> Finding | None:
    r"""The sign "suspicious split": validation ends at half of training's loss and error, without dropout.

    Both at most half, the errors apart by 4 binomial standard errors sqrt(e (1 - e) / n) with n validation
    rows, and the settings say that there is no dropout: rows of the training set, or easier ones, are in the
    validation set. Of a study's own trials only: logs do not tell of augmentation and mixtures of images,
    which make training look as much worse. UMLAUT's rules (validation accuracy above 0.95) flag every good
    network; not used.
    """
    if "encoding" not in features.run.settings:
        return None
    rows, dropout = features.setting("valid_rows"), features.setting("dropout")
    train, valid, train_error, valid_error = (
        features.train,
        features.valid,
        features.train_error,
        features.valid_error,
    )
    if train is None or valid is None or train_error is None or valid_error is None:
        return None
    if rows is None or rows <= 0 or dropout != 0 or min(train.points, valid.points) < ENOUGH or valid.end < 0:
        return None
    spread = math.sqrt(max(train_error.end * (1 - train_error.end), 0) / rows)
    apart = train_error.end - valid_error.end > CERTAIN * spread
    if not apart or valid.end > HALF * train.end or valid_error.end > HALF * train_error.end:
        return None
    return finding(
        "suspicious split",
        (train.first_at, train.last_at),
        {"train_error": train_error.end, "valid_error": valid_error.end, "valid_rows": rows},
        0.8,
        Suspect(None, "change", None, "look for training rows, or easier ones, in it", "UMLAUT 2021"),
        f"validation ends at an error of {valid_error.end:.3g} where training, without dropout, has "
        f"{train_error.end:.3g}",
        "UMLAUT 2021 (validation above training)",
    )


def jump(features: Features) -> Finding | None:
    r"""Advice "validation jumps": validation rises for good within one step, and training does not.

    With m the median of the w = max(3, n / 10) points before and after a place of the validation loss (error
    where there is none), the largest shift m_after - m_before is 8 times the noise of single points and 0.3
    of the whole fall or more, 0.7 of it happens between two neighbours and is left at the end, and the
    training curve moves by less than a quarter of that there. Learning by heart is gradual: rows, their order
    or the state that a run was resumed from have changed. At least 12 points.
    """
    pairs = ((features.valid, features.train), (features.valid_error, features.train_error))
    valid, train = next(((v, t) for v, t in pairs if v is not None and t is not None), (None, None))
    if valid is None or train is None or valid.points < 2 * ENOUGH or valid.fall <= 0:
        return None
    values, wide = valid.series.values, max(3, len(valid.series) // 10)
    at = range(wide, len(values) - wide + 1)
    shifts = [float(np.median(values[i : i + wide]) - np.median(values[i - wide : i])) for i in at]
    place = wide + int(np.argmax(np.diff(values)[wide - 1 : len(values) - wide]))
    shift = shifts[place - wide]
    sudden = float(values[place] - values[place - 1]) >= SUDDEN * shift
    stays = valid.end - float(np.median(values[place - wide : place])) >= SUDDEN * shift
    if not (sudden and stays) or shift < max(LEAPS * max(valid.noise, valid.late_noise), RISES * valid.fall):
        return None
    before, after = float(valid.series.at[place - 1]), float(valid.series.at[place])
    if train.level_at(after) - train.level_at(before) > shift / 4:
        return None
    return finding(
        "validation jumps",
        (before, after),
        {"shift": shift, "noise": valid.noise, "fall": valid.fall},
        0.6,
        Suspect(
            None, "change", None, "look what changed there: its rows, or what was resumed", "UMLAUT 2021"
        ),
        f"validation rose by {shift:.3g} between {features.run.unit} {before:g} and {after:g} and stayed, "
        "while training did not",
        "our engine's runs: none of 280 healthy ones jumps",
    )


def too_small(features: Features) -> Finding | None:
    """Advice "validation set too small": its curve is mostly noise while training's is smooth.

    Noise / fall of the validation curve at least 0.6 while the training curve swings by less than 0.05 of its
    fall. Comparisons, early stopping and overfitting cannot be told from so few rows.
    """
    train = features.train or features.train_error
    valid = features.valid_error or features.valid
    if train is None or valid is None or min(train.points, valid.points) < 2 * ENOUGH:
        return None
    if train.oscillation > QUIET or valid.fall <= 0 or valid.noise < LOUD * valid.fall:
        return None
    rows = features.setting("valid_rows")
    return finding(
        "validation set too small",
        (valid.first_at, valid.last_at),
        {"noise": valid.noise, "fall": valid.fall, **({"valid_rows": rows} if rows is not None else {})},
        0.6,
        Suspect(
            None,
            "change",
            None,
            "validate on more rows, or take means of several epochs",
            "Tuning Playbook",
        ),
        f"validation jumps by {valid.noise:.2g} from point to point, and gained only {valid.fall:.2g} in all",
        "keras-retinanet 1370; Tuning Playbook (step-to-step variance)",
    )
