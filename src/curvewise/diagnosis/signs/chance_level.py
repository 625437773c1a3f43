"""Not learning at all: the curve is where guessing is, and stays there."""

from __future__ import annotations

from curvewise.curves.features import ENOUGH, Features
from curvewise.records import Finding

NOTHING = 0.05
"""Share of the start that a run which learned anything gains. runmedic takes 2 %, losslint 1 %: both miss
the fall to the mean of the targets, which comes before any learning."""

CERTAIN = 4.0


def not_learning(features: Features) -> Finding | None:
    """The sign "not learning": it gained less than a twentieth of its start and lies flat."""
    curve = features.curve
    if curve is None or curve.points < ENOUGH or features.learned is None:
        return None
    gained = features.progress(features.learned)
    if gained is None or abs(gained) > NOTHING:
        return None
    if (
        curve.slope(0.5).high < 0
        and curve.slope(0.5).value * (curve.last_at - curve.first_at) < -0.02 * curve.start
    ):
        return None
    return Finding(
        sign="not learning",
        trial=None,
        span=(curve.first_at, curve.last_at),
        evidence={"start": curve.start, "end": curve.end, "progress": gained},
        confidence=0.8,
        hyperparameter="learning_rate",
        direction="lower",
        factor=0.1,
        reason=(
            f"the curve went from {curve.start:.4g} to {curve.end:.4g} and lies flat: "
            "nothing of the inputs is used"
        ),
        source="CS231n; Karpathy, A Recipe for Training Neural Networks: the loss at the start",
    )
