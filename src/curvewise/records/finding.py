"""A sign that occurred in one curve."""

from __future__ import annotations

from typing import Literal

import msgspec

Direction = Literal["raise", "lower", "change", "keep"]


class Finding(msgspec.Struct, frozen=True):
    """A named pattern seen in one curve, with its evidence and what to do about it."""

    sign: str
    """``diverging``, ``overfitting``, ..."""
    trial: int | None
    """Of which trial of a study; None for a run that was read from a log."""
    span: tuple[float, float]
    """First and last epoch (or step, where the run counts steps) that show it."""
    evidence: dict[str, float]
    confidence: float
    """0 to 1."""
    hyperparameter: str | None
    """The suspect; None where none is at fault, such as a validation set that is too small."""
    direction: Direction
    factor: float | None
    """Suggested change: new value = old value x factor; None where there is nothing to multiply."""
    reason: str
    """One sentence that a student understands."""
    source: str
