"""Numbers as people read them."""

from __future__ import annotations

import math

from curvewise.records import Value
from curvewise.records.extent import Extent, ImageExtent, RowExtent, SequenceExtent


def error_text(error: float | None, task: str) -> str:
    """Share misclassified in per cent, nats and RMSE with four significant digits."""
    if error is None or not math.isfinite(error):
        return "diverged"
    return f"{100 * error:.2f} %" if task == "classification" else f"{error:.4g}{_unit(task)}"


def spread_text(spread: float, task: str) -> str:
    """A standard error in the same unit, two digits."""
    return f"{100 * spread:.2f} %" if task == "classification" else f"{spread:.2g}{_unit(task)}"


def error_name(task: str, part: str) -> str:
    """``validation error`` or ``validation RMSE``."""
    return f"{part} {'RMSE' if task == 'regression' else 'error'}"


def axis_name(task: str, part: str) -> str:
    """The same with its unit, for an axis whose numbers have none."""
    return error_name(task, part).strip() + (" (nats per step)" if task == "multilabel" else "")


def _unit(task: str) -> str:
    return " nats" if task == "multilabel" else ""


def example_name(extent: Extent) -> str:
    """What one example is called."""
    match extent:
        case RowExtent():
            return "row"
        case SequenceExtent():
            return "sequence"
        case ImageExtent():
            return "image"


def value_text(value: Value) -> str:
    """A hyperparameter's value, at most four significant digits."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def count_text(count: float, noun: str = "") -> str:
    """``1,078`` or, with a noun, ``1 trial`` and ``2 trials``."""
    plural = "" if count == 1 or not noun else "s"
    return f"{count:,.0f} {noun}{plural}".rstrip()


def duration_text(seconds: float) -> str:
    """``0.4 s``, ``12 s``, ``1 min 05 s``, ``2 h 03 min``."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
