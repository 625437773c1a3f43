"""What to do about a finding, as a concrete next value where the present one is known."""

from __future__ import annotations

import math

import numpy as np

from curvewise.curves.run import Run
from curvewise.logs.safe_text import shown
from curvewise.records import Finding
from curvewise.report.numerals import value_text

_SHARES = ("dropout", "momentum", "label_smoothing")
"""Hyperparameters below 1: a factor that leads beyond it names no value."""
MANY = 1000
"""From here on whole numbers are advised to two digits: 13,000 steps and not 12,950."""
_FRACTIONS = {2: "half", 3: "a third", 4: "a quarter", 5: "a fifth", 10: "a tenth", 100: "a hundredth"}


def advice(finding: Finding, run: Run) -> str:
    """``learning rate: 0.1 -> 0.01``; ``learning rate: a tenth of what it is`` where that is not known.

    Empty where no hyperparameter is at fault.
    """
    if finding.hyperparameter is None or finding.direction == "keep":
        return ""
    name = _name(finding.hyperparameter, run)
    old, factor = present(run, finding.hyperparameter), finding.factor
    if factor is None or not math.isfinite(factor) or factor <= 0:
        return f"{name}: {finding.direction} it{_now(run, finding.hyperparameter)}"
    if old is None:
        return f"{name}: {times_text(factor)}"
    new = _changed(finding.hyperparameter, old, factor)
    if new is None:
        return f"{name}: {finding.direction} it{_now(run, finding.hyperparameter)}"
    return f"{name}: {value_text(old)} -> {value_text(new)}"


def present(run: Run, hyperparameter: str) -> float | int | None:
    """The value that a run trained with: as it was set, or for the learning rate the highest that was logged.

    None where it is not known, or no number.
    """
    value = None if _name(hyperparameter, run) == "steps" else run.settings.get(hyperparameter)
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return value
    if hyperparameter == "learning_rate" and "learning_rate" in run.series:
        logged = run.series["learning_rate"].values
        logged = logged[np.isfinite(logged)]
        return float(logged.max()) if len(logged) else None
    if hyperparameter == "epochs" and run.points:
        ends = [(float(series.at[0]), float(series.at[-1])) for series in run.series.values() if len(series)]
        counted_from_0 = min(first for first, _ in ends) == 0
        return round(max(last for _, last in ends)) + counted_from_0
    return None


def _name(hyperparameter: str, run: Run) -> str:
    """In words; a run that counts steps is told how many of them, not of epochs."""
    if hyperparameter == "epochs" and run.unit == "step":
        return "steps"
    return hyperparameter.replace("_", " ")


def times_text(factor: float) -> str:
    """A factor in words: ``a tenth of what it is``, ``3 times what it is``."""
    if factor >= 1:
        return f"{factor:.3g} times what it is"
    inverse = 1 / factor
    nearest = _FRACTIONS.get(round(inverse)) if abs(inverse - round(inverse)) < 0.05 * inverse else None
    return f"{nearest or f'{factor:.2g}'} of what it is"


def _changed(hyperparameter: str, old: float, factor: float) -> float | int | None:
    """The next value; None where a factor leads to none, as from 0."""
    if old == 0:
        return None
    new = old * factor
    if hyperparameter in _SHARES and not 0 < new < 1:
        return None
    if isinstance(old, int):
        whole = max(1, int(round(new, 0 if new < MANY else 1 - math.floor(math.log10(new)))))
        return whole if whole != old else None
    return float(f"{new:.3g}")


def _now(run: Run, hyperparameter: str) -> str:
    """What it is, where that is known and cannot be multiplied."""
    value = run.settings.get(hyperparameter)
    return "" if value is None else f" (now {shown(value_text(value))})"
