"""Points of a space's unit cube as points of one in which distance means unlikeness."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from curvewise.records import Value
from curvewise.space.domain import Choice, Domain, Fixed
from curvewise.space.hyperparameter import Condition, Hyperparameter
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
        self._words = [_words(each.domain) for each in self._known]

    @property
    def hyperparameters(self) -> int:
        """How many hyperparameters there are, fixed ones aside."""
        return len(self._known)

    @cached_property
    def words(self) -> NDArray[np.bool_]:
        """True (hyperparameters,) for a choice, also one between numbers."""
        return np.array([isinstance(each.domain, Choice) for each in self._known], dtype=bool)

    @cached_property
    def owner(self) -> NDArray[np.intp]:
        """The number of the hyperparameter (columns,) that each column belongs to."""
        return np.repeat(np.arange(len(self._known)), [max(1, each) for each in self._words])

    def columns(self, units: Floats) -> Floats:
        """The columns (n, columns) of points (n, hyperparameters) of the unit cube."""
        found: list[Floats] = []
        for place, (each, words) in enumerate(zip(self._known, self._words, strict=True)):
            default = each.domain.to_unit(each.default)
            unit = np.where(self._matters(each, units), units[:, place], default)
            if words:
                chosen = np.minimum((unit * words).astype(np.intp), words - 1)
                found.append(math.sqrt(0.5) * np.eye(words)[chosen])
            else:
                found.append(unit[:, None])
        return np.concatenate(found, axis=1) if found else np.zeros((len(units), 0))

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
        values: list[Value] = [domain.from_unit(u) for u in unit.tolist()]
        return np.array([condition.met({subject.name: value}) for value in values], dtype=bool)


def _words(domain: Domain) -> int:
    """How many words there are to choose between; 0 for numbers, which have an order and stay on one axis."""
    if not isinstance(domain, Choice):
        return 0
    return len(domain.values) if any(isinstance(value, str | bool) for value in domain.values) else 0
