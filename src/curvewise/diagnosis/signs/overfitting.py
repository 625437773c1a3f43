"""Learning the training rows by heart: the validation curve turns up while the training curve falls."""

from __future__ import annotations

from curvewise.curves.features import ENOUGH, Features
from curvewise.curves.run import Quantity
from curvewise.curves.shape import Shape
from curvewise.diagnosis.findings import finding
from curvewise.diagnosis.suspect import STEP, Suspect, unrelated
from curvewise.diagnosis.suspects import suspect
from curvewise.records import Finding

HARM = 0.1
"""Rise over progress that is worth a finding: a tenth of all that was gained. A generalisation gap alone is
none: networks that interpolate may generalise well (Belkin et al. 2019), so SageMaker's ratio of 0.1 flags
most healthy runs."""

SMALL_HARM = 0.03
"""Rise over progress that counts where the validation error rises, too."""

CERTAIN = 4.0
"""Standard errors. Four, as the least level was chosen among many and neighbours are not independent."""

BEYOND_WANDERING = 1.5
"""Times the largest rise that the same curve had recovered from before, unless it climbs for 0.4 of the
places since: what wandered under a high rate in its first epochs may still turn up for good."""
SURELY = 20.0
"""Standard errors of a fall towards a floor that is not known."""

LEARNED = 0.3
"""Share of its start that training must have gained, for a validation curve that never fell to tell of it."""
LITTLE = 0.05
"""The same where the fall measures 20 standard errors: random labels are learned slowly."""
NO_BETTER = 0.9
"""Validation error over that of guessing, or over the mean training error of the first epoch, from which on
nothing was learned that holds: within a tenth, which a validation set of 100 rows cannot tell from none."""
HIGH = 0.4
"""Training error of the first epoch, below which it had learned something and is no measure of guessing: two
equal classes are at 0.5. Labels that belong to their rows take validation lower within the run."""

SOURCE = (
    "the article, epochs and hidden units; Deep Learning Tuning Playbook (validation that starts to rise). "
    "The article answers with fewer hidden units; today: keep them, stop early and regularise (CS231n, "
    "neural networks 1; on 2,000 images 1,024 units did no worse than 64)"
)


def overfitting(features: Features) -> Finding | None:
    r"""The sign "overfitting": the validation loss turned up, significantly, while training went on falling.

    With y_0, y_min, y_T the first, least and last level of the validation loss:

    .. math:: (y_T - y_{min}) / (y_0 - y_{min}) > 0.1

    the rise measures 4 standard errors and 1.5 times any rise that the curve had recovered from; over the
    same span the training loss did not rise; and the validation error has not gone on falling. Where the
    error rises, too, by 4 standard errors, 3 % is enough. Without losses, errors are read alike.
    """
    valid = features.valid or features.valid_error
    train = features.train or features.train_error
    if valid is None or valid.points < ENOUGH or valid.fall <= 0 or not _turned_up(valid):
        return None
    if train is not None and train.level_at(valid.least_at) < train.end - 2 * train.error:
        return None
    harm = valid.rise / valid.fall
    error = features.valid_error if features.valid is not None else None
    worse = error is not None and error.points >= ENOUGH and _rose(error)
    if harm < (SMALL_HARM if worse else HARM) or _still_gains(valid, error):
        return None
    share = (valid.least_at - valid.first_at) / (valid.last_at - valid.first_at)
    return finding(
        "overfitting",
        (valid.least_at, valid.last_at),
        {
            "least": valid.least,
            "end": valid.end,
            "harm": harm,
            "rise_in_errors": valid.rise_in_errors,
            **_gap(features),
        },
        0.9,
        _steps(features) or _regularise(),
        f"validation was best at {features.run.unit} {valid.least_at:g}, {share:.0%} of the way, and rose "
        f"from {valid.least:.4g} to {valid.end:.4g} while training fell",
        SOURCE,
    )


def by_heart(features: Features) -> Finding | None:
    r"""The sign "learned by heart": training learned, and validation was at its best before or at the start.

    Training gained 0.3 of its start (loss or error), or 0.05 that measure 20 standard errors; the validation
    loss ends above its first value by 5 standard errors and by a tenth of what training gained, or above 1.1
    times the loss of guessing, if known. With a validation error that stays within a tenth of guessing
    (1 - 1/k), or of the mean training error of the first epoch (0.4 or more), the labels, or the rows' order,
    have nothing to do with the inputs; else rows are too few for so free a network.
    """
    train, valid = features.train, features.valid
    if train is None or valid is None or min(train.points, valid.points) < ENOUGH:
        return None
    quantities: tuple[Quantity, ...] = ("train_loss", "train_error")
    shares = [share for name in quantities if (share := features.progress(name)) is not None]
    surely = train.fall_in_errors > SURELY and max(shares, default=1.0) >= LITTLE
    learned = surely or max(shares, default=0.0) >= LEARNED
    above = valid.end - valid.start
    rose = _rose(valid) and above > CERTAIN * valid.error and above > HARM * (train.start - train.end)
    if not learned or not (rose or _worse_than_guessing(features)):
        return None
    blame = unrelated() if _guesses(features) else _steps(features) or _regularise()
    return finding(
        "learned by heart",
        (valid.first_at, valid.last_at),
        {"train_end": train.end, "valid_start": valid.start, "valid_end": valid.end},
        0.9,
        blame,
        f"training fell from {train.start:.4g} to {train.end:.4g} while validation rose from "
        f"{valid.start:.4g} to {valid.end:.4g}",
        SOURCE + "; Zhang et al. 2017, arXiv 1611.03530 (networks fit random labels)",
    )


def _gap(features: Features) -> dict[str, float]:
    return {"gap": features.gap} if features.gap is not None else {}


def _steps(features: Features) -> Suspect | None:
    """Steps that were set far too long or too noisy: they come before any regularisation."""
    found = suspect(features)
    return found if found is not None and found.too_much else None


def _regularise() -> Suspect:
    return Suspect(
        "weight_decay",
        "raise",
        STEP,
        "the network learns its rows by heart, so stop early, and raise weight decay or dropout",
        "the article: dropout, L2",
    )


def _worse_than_guessing(features: Features) -> bool:
    """Validation ends a tenth and 4 standard errors above guessing, and training a fifth below it."""
    train, valid, guess = features.train, features.valid, features.chance
    if train is None or valid is None or guess is None or train.end > 0.8 * guess.loss:
        return False
    return valid.end - CERTAIN * valid.error > 1.1 * guess.loss


def _guesses(features: Features) -> bool:
    """Validation is no better than guessing, or never got better than training's first epoch."""
    error, train = features.valid_error, features.train_error
    if error is None:
        return False
    chance = features.chance.error if features.chance is not None else None
    if chance is not None and error.end > NO_BETTER * chance:
        return True
    return train is not None and train.start >= HIGH and error.least >= NO_BETTER * train.start


def _rose(curve: Shape) -> bool:
    beyond = curve.rise > BEYOND_WANDERING * curve.recovered_rise
    return curve.rise_in_errors > CERTAIN and (
        beyond or (curve.climbs and curve.rise >= 2 * curve.late_noise)
    )


def _turned_up(curve: Shape) -> bool:
    """It fell, and then rose beyond noise and beyond its own wandering."""
    return curve.fall_in_errors > CERTAIN / 2 and _rose(curve)


def _still_gains(valid: Shape, error: Shape | None) -> bool:
    """The error that people care about went on falling after the loss was least."""
    return error is not None and error.level_at(valid.least_at) - error.end > 2 * error.error + 1e-12
