"""What is fine, and why: the verdict "healthy" needs evidence, too."""

from __future__ import annotations

from curvewise.curves.features import ENOUGH, Features
from curvewise.records import Finding

CERTAIN = 3.0
"""Standard errors that a fall must measure."""


def healthy(features: Features) -> Finding | None:
    """The sign "healthy": the curve fell well beyond its noise, and no other sign is there."""
    curve = features.curve
    if curve is None or curve.points < ENOUGH or curve.fall_in_errors < CERTAIN:
        return None
    if curve.start - curve.end < CERTAIN * curve.error:
        return None
    return Finding(
        sign="healthy",
        trial=None,
        span=(curve.first_at, curve.last_at),
        evidence={"start": curve.start, "end": curve.end, "fall_in_errors": min(curve.fall_in_errors, 1e6)},
        confidence=0.8,
        hyperparameter=None,
        direction="keep",
        factor=None,
        reason=f"the curve fell from {curve.start:.4g} to {curve.end:.4g}, far beyond its noise",
        source="the article, learning rate, first picture",
    )
