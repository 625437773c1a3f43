"""One plain sentence for what a hyperparameter did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from curvewise.records import Value
from curvewise.report.importance.axes import is_numeric
from curvewise.report.numerals import count_text

if TYPE_CHECKING:
    from curvewise.report.importance.importance import Cost, Importance

FURTHER = 10.0
"""A sentence tells what a value this many times further than the good ones costs, or the last one tried."""

LEAST_POINT = 0.0005
"""Share of the rows that is told as 0.1 points."""

NAMED = 2
"""Words whose costs a sentence tells, the dearest."""


def sentence(seen: Importance, task: str) -> str:
    """Which values are good and what others cost; or that nothing could be told, and what that leaves."""
    if seen.share is None:
        return f"too few trials to say ({count_text(seen.trials, 'trial')})"
    if not seen.told:
        most = max((each.high for each in seen.costs), default=0.0)
        if task == "classification":
            most = max(most, 2 * LEAST_POINT)
        return f"none that could be told (under {cost_text(most, task)})"
    numeric = is_numeric([each.value for each in seen.costs])
    text = _numbers(seen, task) if numeric else _words(seen, task)
    return f"{text}; it depends on {seen.partner}" if seen.partner else text


def cost_text(cost: float, task: str) -> str:
    """``0.9 points``, ``0.031 nats``, or the RMSE's own unit."""
    if task == "classification":
        points = 100 * cost
        return f"{points:.0f} points" if points >= 9.95 else f"{points:.1f} points"
    return f"{cost:.2g} nats" if task == "multilabel" else f"{cost:.2g}"


def _numbers(seen: Importance, task: str) -> str:
    costs = seen.costs
    lowest, highest = costs[0].value, costs[-1].value
    low, high = seen.good[0], seen.good[-1]
    if low == lowest and high == highest:
        return "matters, but which values are best cannot be told"
    if low == high:
        opening = f"best near {short(low)}"
    elif low == lowest:
        opening = f"best up to {short(high)}"
    elif high == highest:
        opening = f"best from {short(low)} up"
    else:
        opening = f"best from {short(low)} to {short(high)}"
    beyond = (_beyond(costs, low, below=True), _beyond(costs, high, below=False))
    return _told(opening, [each for each in beyond if each and _counts(each, task)], task)


def _words(seen: Importance, task: str) -> str:
    dear = sorted((each for each in seen.costs if _counts(each, task)), key=lambda each: -each.error)
    if not dear:
        return "matters, but which is best cannot be told"
    best = [str(value) for value in seen.good]
    many = len(best) > 3
    opening = (
        "all others do better" if many else f"{' and '.join(best)} {'does' if len(best) == 1 else 'do'} best"
    )
    told = _told("", dear[:NAMED], task)
    return f"{told}; {opening}" if many else f"{opening}; {told}"


def _told(opening: str, dear: Sequence[Cost], task: str) -> str:
    told = [
        f"{short(each.value)} costs {'at least ' if each.capped else ''}{cost_text(each.error, task)}"
        for each in dear
    ]
    return "; ".join(part for part in (opening, ", ".join(told)) if part)


def _least(each: Cost) -> str:
    return "at least " if each.capped else ""


def _counts(each: Cost, task: str) -> bool:
    """True where it can be told from none, and is no 0.0 points."""
    return each.low > 0 and (task != "classification" or each.error >= LEAST_POINT)


def _beyond(costs: Sequence[Cost], end: Value, *, below: bool) -> Cost | None:
    """The value some times further than ``end``, or the last one tried; None where nothing lies beyond."""
    edge = float(end)
    if below:
        outside = [each for each in costs if float(each.value) < edge and each.low > 0]
        far = [each for each in outside if float(each.value) * FURTHER >= edge]
        return far[0] if far else outside[-1] if outside else None
    outside = [each for each in costs if float(each.value) > edge and each.low > 0]
    far = [each for each in outside if float(each.value) <= edge * FURTHER]
    return far[-1] if far else outside[0] if outside else None


def short(value: Value) -> str:
    """Two significant digits: a cost is no surer than that."""
    if isinstance(value, float):
        return f"{float(f'{value:.2g}'):g}"
    return str(value)
