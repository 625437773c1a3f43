"""When a trial of the article's expert has ended: the epochs are early stopping's, as the article has it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import get_args

import msgspec

from curvewise.curves.ledger import Entry
from curvewise.records import Opened
from curvewise.records.decision import Action
from curvewise.search import rules
from curvewise.search.article.result import standard_error
from curvewise.space.decay import Decay

BEHIND_AFTER = 10
"""A tenth of the horizon is trained before anyone is told to be behind. On the four tables of LCBench that
are for tuning, the regret after 5 and 20 trainings was 0.24 and 0.03; with a quarter, 0.40 and 0.01."""


@dataclass(frozen=True)
class End:
    """That a trial has ended, before it is compared with the best."""

    action: Action
    reason: str
    numbers: dict[str, float]


def over(entry: Entry, opened: Opened) -> End | None:
    """Done by itself: diverged, early stopping, its horizon, or a sign that it will not come back."""
    if entry.curve.last is None:
        return None
    trial = entry.trial
    if _decay(entry) not in get_args(Decay):  # a table that has no such thing, or another
        constant = trial.configuration.replace({"decay": "constant"})
        entry = replace(entry, trial=msgspec.structs.replace(trial, configuration=constant))
    end = rules.ended(entry) or rules.hopeless(entry, opened)
    return None if end is None else End(end.action, end.reason, end.numbers)


def behind(entry: Entry, best: Entry, opened: Opened) -> End | None:
    """Not worth more epochs: at equal age worse than the best by more than a standard error, in loss as well.

    None where it may still come up, and where the two decay differently.
    """
    age = entry.curve.age
    if age < max(2, entry.trial.horizon // BEHIND_AFTER) or best.curve.age < age:
        return None
    mine, other = entry.curve.best, min(best.curve.points[:age], key=lambda point: point.merit)
    if mine is None or _decay(entry) != _decay(best) or mine.valid_loss <= other.valid_loss:
        return None
    if mine.valid_error - other.valid_error <= standard_error(best, other.valid_error, opened):
        return None
    numbers = {"epoch": float(age), "behind": mine.valid_error - other.valid_error}
    return End("stop", f"behind the best from epoch {age} on", numbers)


def _decay(entry: Entry) -> object:
    return entry.trial.configuration.values.get("decay")
