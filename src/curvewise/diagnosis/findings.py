"""A finding made from what a sign saw and what is to blame."""

from __future__ import annotations

import math

from curvewise.curves.run import Quantity
from curvewise.diagnosis.suspect import Suspect
from curvewise.records import Finding

LARGEST = 1e6
"""Evidence is cut here: a noiseless curve lies infinitely many standard errors from anything."""


def finding(
    sign: str,
    span: tuple[float, float],
    evidence: dict[str, float],
    confidence: float,
    blame: Suspect,
    what: str,
    source: str,
) -> Finding:
    """``what`` was seen, ``blame`` says why and what to do about it."""
    return Finding(
        sign=sign,
        trial=None,
        span=span,
        evidence={name: finite(value) for name, value in evidence.items()},
        confidence=confidence,
        hyperparameter=blame.hyperparameter,
        direction=blame.direction,
        factor=blame.factor,
        reason=f"{what}: {blame.because}",
        source=f"{source}; {blame.source}",
    )


def spelled(quantity: Quantity) -> str:
    """A loss or an error in words: ``training loss``."""
    return quantity.replace("train_", "training ").replace("valid_", "validation ")


def finite(value: float) -> float:
    """The value, or the largest that evidence has."""
    return 0.0 if math.isnan(value) else max(-LARGEST, min(LARGEST, value))
