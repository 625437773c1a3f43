"""Training that leaves the numbers: diverging, non-finite."""

from __future__ import annotations

import math

from curvewise.records import Finding, Point

FACTOR = 0.1
"""A tenth: the article's step from one usual suspect to the next."""


def diverging(point: Point) -> Finding | None:
    """The sign "diverging": loss, output or weight is not finite any more.

    Article row 3, fourth picture; by LeCun et al. 1998 (Efficient BackProp, section 5) gradient
    descent on a quadratic of curvature h diverges above a learning rate of 2 / h.
    """
    if not point.diverged:
        return None
    evidence = {"learning_rate": point.learning_rate, "epoch": float(point.epoch)}
    if math.isfinite(point.gradient_norm):
        evidence["gradient_norm"] = point.gradient_norm
    return Finding(
        sign="diverging",
        trial=point.trial,
        span=(point.epoch, point.epoch),
        evidence=evidence,
        confidence=1.0,
        hyperparameter="learning_rate",
        direction="lower",
        factor=FACTOR,
        reason=(
            f"the loss was no finite number in epoch {point.epoch} at a learning rate of "
            f"{point.learning_rate:.3g}: the steps overshoot and grow, so take smaller ones"
        ),
        source="the article, learning rate; LeCun et al. 1998, Efficient BackProp, section 5",
    )
