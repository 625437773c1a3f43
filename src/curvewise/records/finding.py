"""A sign that occurred in one curve."""

from __future__ import annotations

from typing import Literal

import msgspec


class Finding(msgspec.Struct, frozen=True):
    """A named pattern seen in one curve, with its evidence and what to do about it."""

    sign: str
    """``diverging``, ``overfitting``, ..."""
    trial: int
    span: tuple[int, int]
    """First and last epoch that show it."""
    evidence: dict[str, float]
    confidence: float
    """0 to 1."""
    hyperparameter: str
    direction: Literal["raise", "lower", "keep"]
    factor: float
    """Suggested change: new value = old value x factor."""
    reason: str
    source: str
