"""The learning rate: 0.01, then whichever of the usual suspects the curve points to."""

from __future__ import annotations

import math
from typing import Final

from curvewise.records import Value
from curvewise.search.article import decay
from curvewise.search.article.notebook import Moves, Notebook, Try

RULE: Final = "article: next suspect"

HIGHEST, LOWEST = 0.1, 1e-6
"""The usual suspects go from 0.1 to 0.000001, a factor of ten apart."""

BEYOND = 1.0
"""Above the article's list; tried only where 0.1 is still too low."""


def settle(notebook: Notebook, step: float) -> Moves:
    """From the best rate to its neighbours, a factor ``step`` away, as long as one of them is better."""
    any_kept = False
    if not notebook.roles.free("learning rate"):
        return any_kept
    while True:
        moved = False
        for up in _directions(notebook):
            value = _next(notebook, step if up else 1 / step)
            if value is None:
                continue
            kept = yield from notebook.attempt(_suspect(notebook, value, up))
            if kept:
                moved = any_kept = True
                break
        if not moved:
            return any_kept


def first(notebook: Notebook) -> Moves:
    """The article's start; as long as nothing trains at all, the next suspect below."""
    value = notebook.configuration
    if not notebook.roles.free("learning rate"):
        reason = "the article's start, with the learning rate that is fixed"
        return (yield from notebook.attempt(Try({}, "article: start", reason, "nothing to go back to")))
    rate = notebook.roles.number("learning rate", value)
    reason = f"learning rate {rate:.3g}: where the article starts"
    tried = Try({}, "article: start", reason, "on to the next suspect below")
    while not (yield from notebook.attempt(tried)):
        rate /= 10
        if rate < LOWEST * 0.99:
            return False
        reason = f"learning rate {rate:.3g}: the next suspect down, since the last one did not train"
        tried = Try({"learning rate": float(f"{rate:.1g}")}, RULE, reason, "on to the next suspect below")
    return True


def _directions(notebook: Notebook) -> tuple[bool, ...]:
    """Up, down or both, by what the best curve shows: too low goes up only, too high down only."""
    best = notebook.best
    if best is None:
        return ()
    if best.reading == "stuck" and decay.can(notebook):
        return ()  # what a decay is for
    return {"too low": (True,), "too high": (False,), "stuck": (False,)}.get(best.reading, (True, False))


def _next(notebook: Notebook, factor: float) -> Value | None:
    """The next suspect, one digit as people write it; None beyond the list."""
    rate = notebook.roles.number("learning rate", notebook.configuration)
    value = notebook.roles.scaled("learning rate", notebook.configuration, factor)
    if value is None or isinstance(value, str):
        return None
    too_low = notebook.best is not None and notebook.best.reading == "too low"
    highest = max(rate, BEYOND if too_low else HIGHEST)
    if not LOWEST * 0.99 <= value <= highest * 1.01:
        return None
    rounded = float(f"{value:.1g}")
    return rounded if not math.isclose(rounded, rate) else None


def _suspect(notebook: Notebook, value: Value, up: bool) -> Try:
    best = notebook.best
    assert best is not None  # there are no directions without one
    why = {
        (True, "too low"): f"the next suspect up, since {best.words}",
        (False, "too high"): f"the next suspect down, since {best.words}",
        (False, "stuck"): f"the next suspect down, since {best.words}",
    }.get((up, best.reading), "the next suspect up: could it be faster?" if up else "the next suspect down")
    back = f"back to learning rate {notebook.roles.number('learning rate', best.configuration):.3g}"
    return Try({"learning rate": value}, RULE, f"learning rate {value:.3g}: {why}", back, raced=True)
