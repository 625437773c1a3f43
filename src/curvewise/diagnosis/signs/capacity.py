"""Too little capacity, or so much regularisation that little is left of it."""

from __future__ import annotations

from curvewise.curves.features import ENOUGH, Features
from curvewise.diagnosis import settings
from curvewise.diagnosis.findings import finding
from curvewise.diagnosis.measurements import held_up
from curvewise.diagnosis.suspects import suspect
from curvewise.records import Finding

UNDERFIT = ("units", "dropout", "weight_decay", "encoding", "initialisation", "activation")
"""What can keep a network from fitting its training rows, beside its steps."""

LOW = 0.8
"""Share of the way to zero loss, beyond which there is no underfitting to speak of: half of 399 healthy runs
of ours get to 0.78, half of those with 2 units, dropout 0.9, raw inputs or a heavy weight decay to 0.23."""
VERY_LOW = 0.4
"""Where nothing but the curve and its gradients speaks: most noisy tables have come further than that."""
FLAT = 0.15
"""Gain of the last 40 % / whole fall: 0.06 in half of those faulty runs. Beyond, it is slow, not stuck."""
CERTAIN = 4.0
"""Standard errors, one in 30,000 by chance where noise is normal."""

LITTLE = 0.6
"""Share of the way to zero that heavy dropout leaves undone; Keras runs with dropout 0.5 got beyond 0.7."""
HARDLY_ANY_LEFT = 0.8
"""Dropout that leaves a fifth of a layer or less: beyond every published recipe, however far it comes."""


def underfitting(features: Features) -> Finding | None:
    """The sign "underfitting": training lies flat far from its floor, with validation beside it, for a
    reason.

    The last 40 % of the places gained less than 0.15 of the whole fall, or 4 standard errors more; the
    validation loss is not above the training loss by more than a tenth of the fall; less than 0.8 of the way
    to zero is gone, in training and in validation, where no dropout holds it; and the settings show what
    holds it back: fewer than 4 units for more classes, a dropout of 0.6 and more, a weight decay far beyond
    the usual, inputs that were not standardised; or less than 0.4 of the way is gone and the gradient grew
    by half while the loss lay still, which a heavy weight decay does. From the curve alone too little
    capacity looks like noise in the data, and nothing is said.
    """
    train, valid, guess = features.train, features.valid, features.chance
    if train is None or guess is None or train.points < ENOUGH:
        return None
    gained, fall = features.progress("train_loss"), max(train.fall, 0.1 * guess.loss)
    if (
        gained is None
        or max(gained, features.progress("valid_loss") or 0.0) > LOW
        or train.late_fall > FLAT * fall + CERTAIN * train.error
    ):
        return None
    if valid is not None and valid.end > train.end + max(0.1 * fall, 2 * valid.error):
        return None
    blame, grown = suspect(features), False
    if blame is None and gained < VERY_LOW:
        blame, grown = held_up(features), True
    if blame is None or blame.hyperparameter not in UNDERFIT:
        return None
    return finding(
        "underfitting",
        (float(train.series.at[train.late_start]), train.last_at),
        {"progress": gained, "train_end": train.end, "late_gain": train.late_fall},
        0.85 if not grown else 0.7,
        blame,
        f"training lies flat at {train.end:.4g}, {gained:.0%} of the way, and validation is no worse",
        "the article, hidden units; CS231n: no gap and both bad means too little capacity",
    )


def over_regularised(features: Features) -> Finding | None:
    """The sign "over-regularised": under a heavy dropout training ends worse than validation, having learned
    little.

    The training loss ends above the validation loss by 4 standard errors of both, the dropout is known to be
    0.6 or more, and less than 0.6 of the way is gone in training, or the dropout is 0.8 or more. Dropout acts
    in training only; so do mixtures of images and smoothed labels, so nothing is said where it is not known.
    No published tool looks for it (Humbatova et al. 2025, table 1: 0 of 4).
    """
    train, valid, blame = features.train, features.valid, settings.dropout(features)
    if train is None or valid is None or blame is None or min(train.points, valid.points) < ENOUGH:
        return None
    gained, dropout = features.progress("train_loss"), features.setting("dropout") or 0.0
    if gained is None or (gained > LITTLE and dropout < HARDLY_ANY_LEFT):
        return None
    if train.end - valid.end < CERTAIN * (train.error + valid.error):
        return None
    return finding(
        "over-regularised",
        (train.first_at, train.last_at),
        {"train_end": train.end, "valid_end": valid.end, "progress": gained, "dropout": dropout},
        0.9,
        blame,
        f"training ends at {train.end:.4g} where validation, without dropout, is at {valid.end:.4g}",
        "the article proposes dropout against overfitting, of which there is none; Srivastava et al. 2014",
    )
