"""What is fine, and why: the verdict "healthy" needs evidence, too."""

from __future__ import annotations

from curvewise.curves.features import ENOUGH, Features
from curvewise.curves.shape import Shape
from curvewise.diagnosis.findings import finding
from curvewise.diagnosis.suspect import Suspect
from curvewise.records import Finding

CERTAIN = 3.0
"""Standard errors that a fall must measure."""

RESTLESS = 0.03
"""Noise over fall from which on people ask whether the wiggle is normal."""

SOURCE = "the article, learning rate, first and third picture"


def healthy(features: Features) -> Finding | None:
    """The sign "healthy", or "zig-zag but falling": the curve fell well beyond its noise, and stayed down.

    The fall from the first to the least level and that to the last one each measure 3 standard errors, and
    validation, where it was recorded, fell as well. With a noise above 0.03 of the fall it is told apart as
    zig-zag, which is healthy as long as it falls (the article's third picture).
    """
    curve = features.curve
    if curve is None or not _fell(curve):
        return None
    valid = features.valid or features.valid_error
    better = valid is None or valid.points < ENOUGH or valid.end < valid.start
    if not better:
        return None
    wiggle = curve.noise / curve.fall
    sign, what = (
        ("zig-zag but falling", "up and down, and yet") if wiggle > RESTLESS else ("healthy", "steadily")
    )
    return finding(
        sign,
        (curve.first_at, curve.last_at),
        {"start": curve.start, "end": curve.end, "noise_over_fall": wiggle},
        0.9 if valid is not None else 0.7,
        Suspect(None, "keep", None, "nothing is wrong with this curve", SOURCE),
        f"the curve fell {what}, from {curve.start:.4g} to {curve.end:.4g}",
        "Bengio 2012, arXiv 1206.5533, section 3",
    )


def _fell(curve: Shape) -> bool:
    kept = curve.start - curve.end > CERTAIN * max(curve.error, curve.late_noise / 2)
    return curve.points >= ENOUGH and curve.fall_in_errors > CERTAIN and kept
