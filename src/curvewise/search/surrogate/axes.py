"""Points of a space's unit cube as points of one in which distance means unlikeness."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from curvewise.records import Value
from curvewise.space.domain import Choice, Domain, Fixed, Integer, Real
from curvewise.space.hyperparameter import Condition, Hyperparameter
from curvewise.space.prior import MOST
from curvewise.space.space import Space

Floats = NDArray[np.float64]


class Axes:
    """The columns of a space: one for a number, one for every value of a choice between words.

    A number is where ``Space.to_unit`` has it, so that equal factors are equally far apart on a logarithmic
    range. Two configurations that differ in a word are as far apart as the ends of a range, whatever
    the two words: a column of 1 / sqrt(2) for the one chosen, 0 for the others. What does not matter is
    at its default, as in ``Space.canonical``.
    """

    def __init__(self, space: Space) -> None:
        self._space = space
        self._known = [space[name] for name in space.searched]
        self._defaults = np.array([each.domain.to_unit(each.default) for each in self._known])
        counts = [_words(each.domain) for each in self._known]
        self._owner = np.repeat(np.arange(len(counts)), [max(1, count) for count in counts])
        self._count = np.array(counts, dtype=np.intp)[self._owner]
        self._word = np.array([k for count in counts for k in range(max(1, count))], dtype=np.intp)
        self._firsts: dict[Condition, float] = {}

    @property
    def hyperparameters(self) -> int:
        """How many hyperparameters there are, fixed ones aside."""
        return len(self._known)

    @property
    def owner(self) -> NDArray[np.intp]:
        """The number of the hyperparameter (columns,) that each column belongs to."""
        return self._owner

    def columns(self, units: Floats) -> Floats:
        """The columns (n, columns) of points (n, hyperparameters) of the unit cube."""
        filled = np.array(units, dtype=np.float64)
        for place, each in enumerate(self._known):
            if each.needs is not None:
                filled[~self._matters(each, units), place] = self._defaults[place]
        spread = filled[:, self._owner]
        chosen = np.minimum((spread * self._count).astype(np.intp), self._count - 1) == self._word
        found: Floats = np.where(self._count > 0, math.sqrt(0.5) * chosen, spread)
        return found

    def _matters(self, each: Hyperparameter, units: Floats) -> NDArray[np.bool_]:
        """True (n,) where the condition holds, and the one on which its subject depends in turn."""
        if each.needs is None:
            return np.ones(len(units), dtype=bool)
        subject = self._space[each.needs.name]
        return self._holds(each.needs, subject, units) & self._matters(subject, units)

    def _holds(self, condition: Condition, subject: Hyperparameter, units: Floats) -> NDArray[np.bool_]:
        domain = subject.domain
        if isinstance(domain, Fixed):
            return np.full(len(units), condition.met({subject.name: domain.value}))
        unit = units[:, self._known.index(subject)]
        if isinstance(domain, Choice):
            met = np.array([condition.met({subject.name: value}) for value in domain.values])
            return met[np.minimum((unit * len(met)).astype(np.intp), len(met) - 1)]
        if condition.least is not None:
            found: NDArray[np.bool_] = unit >= self._first(condition, domain)
            return found
        values: list[Value] = [domain.from_unit(u) for u in unit.tolist()]
        return np.array([condition.met({subject.name: value}) for value in values], dtype=bool)

    def _first(self, condition: Condition, domain: Real | Integer) -> float:
        """The place on the axis from which on a number is large enough; infinite where none is."""
        if condition not in self._firsts:
            self._firsts[condition] = _first(lambda u: condition.met({condition.name: domain.from_unit(u)}))
        return self._firsts[condition]


def _first(met: Callable[[float], bool]) -> float:
    """The least float in [0, 1) at which ``met``, once true, stays true; infinite where it is never."""
    low, high = 0.0, MOST
    if met(low) or not met(high):
        return low if met(low) else math.inf
    while low < (middle := (low + high) / 2) < high:
        low, high = (low, middle) if met(middle) else (middle, high)
    return high


def _words(domain: Domain) -> int:
    """How many words there are to choose between; 0 for numbers, which have an order and stay on one axis."""
    if not isinstance(domain, Choice):
        return 0
    return len(domain.values) if any(isinstance(value, str | bool) for value in domain.values) else 0
