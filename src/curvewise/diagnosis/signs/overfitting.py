"""Learning the training rows by heart: the validation curve turns up while the training curve falls."""

from __future__ import annotations

from curvewise.curves.features import ENOUGH, Features
from curvewise.curves.shape import Shape
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
"""Times the largest rise that the same curve had recovered from before."""

SOURCE = (
    "the article, epochs and hidden units; Deep Learning Tuning Playbook (validation that starts to rise). "
    "The article answers with fewer hidden units; today: keep them, stop early and regularise (CS231n, neural "
    "networks 1; here 1,024 units did not overfit worse than 64)"
)


def overfitting(features: Features) -> Finding | None:
    r"""The sign "overfitting": the validation loss turned up, significantly, while training went on falling.

    With y_0, y_min, y_T the first, least and last level of the validation loss:

    .. math:: (y_T - y_{min}) / (y_0 - y_{min}) > 0.1

    the rise measures 4 standard errors and 1.5 times any rise that the curve had recovered from; over the
    same span the training loss did not rise; and the validation error has not gone on falling. Where the error
    rises, too, by 4 standard errors, 3 % is enough. Without losses, errors are read alike.
    """
    valid = features.valid or features.valid_error
    if valid is None or valid.points < ENOUGH or not turned_up(valid):
        return None
    train = features.train or features.train_error
    if train is not None and train.level_at(valid.least_at) < train.end - 2 * train.error:
        return None
    harm = valid.rise / valid.fall if valid.fall > 0 else 0.0
    error = features.valid_error if features.valid is not None else None
    worse = error is not None and error.points >= ENOUGH and turned_up(error)
    if harm < (SMALL_HARM if worse else HARM):
        return None
    if error is not None and error.level_at(valid.least_at) - error.end > 2 * error.error + 1e-12:
        return None
    share = (valid.least_at - valid.first_at) / (valid.last_at - valid.first_at)
    return Finding(
        sign="overfitting",
        trial=None,
        span=(valid.least_at, valid.last_at),
        evidence={
            "least": valid.least,
            "end": valid.end,
            "harm": harm,
            "rise_in_errors": min(valid.rise_in_errors, 1e6),
        },
        confidence=0.9,
        hyperparameter="weight_decay",
        direction="raise",
        factor=10.0,
        reason=(
            f"the validation curve was least at {features.run.unit} {valid.least_at:g}, {share:.0%} of the "
            f"way, and rose from {valid.least:.4g} to {valid.end:.4g} since: the network learns the training "
            "rows by heart, so regularise (dropout, weight decay) and keep the weights of the least point"
        ),
        source=SOURCE,
    )


def turned_up(curve: Shape) -> bool:
    """It fell, and then rose beyond noise and beyond its own wandering."""
    fell = curve.fall_in_errors > CERTAIN / 2
    return fell and curve.rise_in_errors > CERTAIN and curve.rise > BEYOND_WANDERING * curve.recovered_rise
