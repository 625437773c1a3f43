"""What was tried of each hyperparameter, what won, and how much it mattered."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curvewise.curves.ledger import Entry, Ledger
from curvewise.records import Configuration, Value
from curvewise.report.answer import answer
from curvewise.report.numerals import value_text
from curvewise.space.space import Space

LEAST_TRIALS = 8
"""Two per quarter of a numeric range: fewer say nothing about a spread between quarters."""

MATTERS = 0.05
"""Effects below this share are not worth a warning; noise of about 50 trials reaches it."""

EDGE = 0.03
"""Share of the tried range, at each end, that counts as its edge."""

LOG_FROM = 20.0
"""Ranges of positive numbers that span at least this factor are read on a logarithmic axis."""


@dataclass(frozen=True)
class Effect:
    """One hyperparameter, over all trials in which it matters but the finalists' repetitions."""

    name: str
    best: Value | None
    """Its value in the answer; None while there is none, and where it changes nothing there."""
    tried: tuple[Value, ...]
    """Distinct values in rising order (words: in alphabetical order)."""
    strength: float | None
    """Epsilon squared, 0 to 1 (see ``strength_between``), over the trials that ended; None where too
    few say."""
    favours: str
    """The level with the best mean rank: a word, or a quarter of the tried numbers; empty where the
    hyperparameter does not matter."""
    edge: str
    """``lowest`` or ``highest`` where the best value lies at that end of what was tried, and the
    hyperparameter matters; else empty."""

    @property
    def numeric(self) -> bool:
        """True where every value tried is a number."""
        return _numeric(self.tried)

    @property
    def range_text(self) -> str:
        """``1e-05 – 0.9``, ``adamw, momentum`` or, from 4 words on, ``7 choices``."""
        if self.numeric and len(self.tried) > 2:
            return f"{value_text(self.tried[0])} – {value_text(self.tried[-1])}"
        if len(self.tried) > 3:
            return f"{len(self.tried)} choices"
        return ", ".join(value_text(value) for value in self.tried)


def effects(ledger: Ledger) -> list[Effect]:
    """One per hyperparameter, the strongest first; hyperparameters that were not varied come last."""
    space = Space.described(ledger.opened.space if ledger.opened else {})
    every = [e for e in ledger.entries.values() if e.trial.origin != "finalist" and e.curve.best is not None]
    tried = _by_name(every, space)
    compared = _by_name(_comparable(every), space)
    found = answer(ledger)
    won = _mattering(found.configuration, space) if found else {}
    seen = [_effect(name, _values(tried[name]), compared.get(name, ()), won.get(name)) for name in tried]
    return sorted(seen, key=lambda effect: (len(effect.tried) == 1, -(effect.strength or 0.0), effect.name))


def strength_between(errors: NDArray[np.float64], levels: NDArray[np.intp]) -> float | None:
    r"""Share of the variance of the errors' ranks that levels explain, corrected for their number.

    With SS_b the sum of squares between levels, SS_t the total one, n trials and k levels
    (Kelley 1935, "An unbiased correlation ratio measure", epsilon squared):

    .. math:: \varepsilon^2 = 1 - (1 - SS_b / SS_t) (n - 1) / (n - k), \text{ at least } 0

    Trials that the race stopped count with the best error they reached. None with fewer than 8
    trials, fewer than 2 levels, or where all errors are equal.
    """
    ranks = average_ranks(errors)
    sizes = np.bincount(levels)
    n, k = len(errors), len(sizes)
    total = float(((ranks - ranks.mean()) ** 2).sum())
    if n < LEAST_TRIALS or k < 2 or n <= k or total == 0:
        return None
    means = np.bincount(levels, ranks) / sizes
    between = float((sizes * (means - ranks.mean()) ** 2).sum())
    return max(0.0, 1 - (1 - between / total) * (n - 1) / (n - k))


def average_ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 0; equal values share the mean of theirs."""
    ordered = np.sort(values)
    low, high = np.searchsorted(ordered, values, "left"), np.searchsorted(ordered, values, "right")
    return (low + high - 1) / 2


Pairs = Sequence[tuple[Value, float]]
"""A hyperparameter's value in a trial, and the best validation error of that trial."""


def _comparable(entries: list[Entry]) -> list[Entry]:
    """Trials that ended, without the first probes, which end after an epoch or two; all where too few did."""
    ended = [e for e in entries if e.status != "running" and e.trial.origin != "suspect"]
    return ended if len(ended) >= LEAST_TRIALS else entries


def _mattering(configuration: Configuration, space: Space) -> dict[str, Value]:
    """Without the values that change nothing, such as the momentum of plain SGD, which is at its default."""
    active = space.active(configuration)
    return {n: value for n, value in configuration.values.items() if n in active or n not in space}


def _by_name(entries: list[Entry], space: Space) -> dict[str, Pairs]:
    pairs: dict[str, list[tuple[Value, float]]] = {}
    for entry in entries:
        best = entry.curve.best
        error = math.inf if best is None or best.diverged else best.valid_error
        for name, value in _mattering(entry.trial.configuration, space).items():
            pairs.setdefault(name, []).append((value, error))
    return dict(pairs)


def _values(pairs: Pairs) -> tuple[Value, ...]:
    """Distinct, in order."""
    distinct = {value for value, _ in pairs}
    return tuple(sorted(distinct, key=float if _numeric(distinct) else str))


def _numeric(values: Iterable[Value]) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _effect(name: str, tried: tuple[Value, ...], pairs: Pairs, best: Value | None) -> Effect:
    if len(pairs) < LEAST_TRIALS:
        return Effect(name, best, tried, None, "", "")
    errors = np.array([error for _, error in pairs])
    names, levels = _levels([value for value, _ in pairs], _values(pairs))
    strength = strength_between(errors, levels)
    favours, edge = "", ""
    if strength is not None and strength >= MATTERS:
        means = np.bincount(levels, average_ranks(errors)) / np.bincount(levels)
        favours = names[int(means.argmin())]
        edge = _edge(best, tried) if _numeric(tried) and len(tried) > 2 else ""
    return Effect(name, best, tried, strength, favours, edge)


def _levels(values: Sequence[Value], tried: tuple[Value, ...]) -> tuple[list[str], NDArray[np.intp]]:
    """Level names and the level of each value: each value its own, numbers with many values in quarters."""
    if not _numeric(tried) or len(tried) <= 4:
        return [value_text(value) for value in tried], np.array([tried.index(value) for value in values])
    numbers = np.array(values, dtype=np.float64)
    cuts = np.unique(np.quantile(numbers, (0.25, 0.5, 0.75), method="lower"))
    kept, levels = np.unique(np.searchsorted(cuts, numbers, "left"), return_inverse=True)
    names = []
    for level in range(len(kept)):
        inside = numbers[levels == level]
        low, high = value_text(float(inside.min())), value_text(float(inside.max()))
        names.append(low if low == high else f"{low} – {high}")
    return names, levels


def _edge(best: Value | None, tried: tuple[Value, ...]) -> str:
    """Which end of what was tried the best value lies at; 0 and 1 are natural ends of shares and counts."""
    if best is None or isinstance(best, str):
        return ""
    low, high = float(tried[0]), float(tried[-1])
    if low > 0 and high / low >= LOG_FROM:
        place = math.log(best / low) / math.log(high / low)
    else:
        place = (best - low) / (high - low)
    if place >= 1 - EDGE:
        return "highest"
    return "lowest" if place <= EDGE and best not in (0, 1) else ""
