"""Small figures of what mattered: error against each of the strongest hyperparameters."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from curvewise.curves.ledger import Ledger
from curvewise.errors import UsageError
from curvewise.records import Value
from curvewise.report.figures import INK, MARK, VALID, checked_format, ink
from curvewise.report.importance.axes import is_numeric
from curvewise.report.importance.evidence import Isolated, isolated
from curvewise.report.importance.importance import Importance
from curvewise.report.numerals import axis_name

MOST = 6
"""Panels; what cannot be told is not drawn."""
ACROSS = 3
LOG_FROM = 20.0
"""Positive numbers that span at least this factor are drawn on a logarithmic axis."""
SHOWN = 0.4
"""Share of the trials, the better ones, whose errors a panel's range must hold."""


def draw(ledger: Ledger, found: Sequence[Importance], kind: str) -> bytes:
    """A panel for each hyperparameter that mattered, as a file's content; ``kind`` is png, svg or pdf.

    Dots are trials at their best error so far, small where they were stopped young; the line is what a value
    costs, all else as in the best trials, with its 90 % interval; the shaded stretch holds the good values,
    the dashed line the answer's. Raises UsageError where nothing could be told, for another kind, and without
    matplotlib.
    """
    checked_format(kind)
    told = [each for each in found if each.told][:MOST]
    if not told:
        raise UsageError("there is nothing to draw: no hyperparameter's effect can be told yet")
    from matplotlib.figure import Figure

    rows, across = -(-len(told) // ACROSS), min(ACROSS, len(told))
    figure = Figure(figsize=(3.4 * across, 2.9 * rows), layout="constrained")
    panels = figure.subplots(rows, across, squeeze=False).ravel()
    task = ledger.opened.task if ledger.opened else ""
    for ax, each in zip(panels, told, strict=False):
        _panel(ax, each, isolated(ledger, each.hyperparameter), task)
    for ax in panels[len(told) :]:
        ax.remove()
    content = io.BytesIO()
    figure.savefig(content, format=kind, dpi=150, transparent=True)
    return content.getvalue()


def _panel(ax: Any, each: Importance, seen: Isolated, task: str) -> None:
    levels = [cost.value for cost in each.costs]
    words = not is_numeric(levels)
    at = _scattered(seen.values, levels) if words else [float(value) for value in seen.values]
    sizes = 3 + 14 * seen.ages / max(1, seen.ages.max())
    ax.scatter(at, seen.errors, s=sizes, color=VALID, alpha=0.5, linewidths=0)
    line = [seen.level + cost.error for cost in each.costs]
    low, high = ([seen.level + getattr(cost, end) for cost in each.costs] for end in ("low", "high"))
    if words:
        bars = _bars(line, low, high)
        ax.errorbar(range(len(levels)), line, yerr=bars, fmt="o", color=MARK, markersize=4, capsize=3)
        ax.set_xticks(range(len(levels)), [str(level) for level in levels], rotation=30, ha="right")
    else:
        numbers = [float(level) for level in levels]
        ax.plot(numbers, line, color=MARK, linewidth=2)
        ax.fill_between(numbers, low, high, color=MARK, alpha=0.2, linewidth=0)
        ax.axvspan(float(each.good[0]), float(each.good[-1]), color=MARK, alpha=0.08, linewidth=0)
        if numbers[0] > 0 and numbers[-1] >= LOG_FROM * numbers[0]:
            ax.set_xscale("log")
        if each.best is not None:
            ax.axvline(float(each.best), color=INK, linestyle="--", linewidth=0.8)
    _frame(ax, each, seen, max(line), task)


def _frame(ax: Any, each: Importance, seen: Isolated, highest: float, task: str) -> None:
    """A range that holds the better trials and the line, and what is on the axes."""
    from matplotlib.ticker import FuncFormatter

    finite = seen.errors[np.isfinite(seen.errors)]
    bottom, top = float(finite.min()), max(float(np.quantile(finite, SHOWN)), highest)
    ax.set_ylim(bottom - 0.05 * (top - bottom), top + 0.05 * (top - bottom))
    factor, unit = (100, " %") if task == "classification" else (1, "")
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{factor * value:.3g}{unit}"))
    ax.set_title(f"{each.hyperparameter}   {100 * (each.share or 0):.0f} %", fontsize=10, color=INK)
    ax.set_ylabel(axis_name(task, "best validation"), fontsize=8)
    ax.set_facecolor("none")
    ink(ax)


def _scattered(values: Sequence[Value], levels: Sequence[Value]) -> list[float]:
    """Each word's place, and a little beside it, so that dots do not hide each other."""
    beside = np.random.Generator(np.random.Philox(0)).uniform(-0.18, 0.18, len(values)).tolist()
    return [levels.index(value) + shift for value, shift in zip(values, beside, strict=True)]


def _bars(line: list[float], low: list[float], high: list[float]) -> list[list[float]]:
    """Lengths below and above."""
    below = [max(0.0, value - end) for value, end in zip(line, low, strict=True)]
    return [below, [max(0.0, end - value) for value, end in zip(line, high, strict=True)]]
