"""A hyperparameter's values as columns of a regression."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from curvewise.records import Value

WAVES = 6
"""Cosines per hyperparameter: the highest turns six times over what was drawn."""

SMOOTH = 1.5
"""The k-th cosine's coefficient is expected k^-1.5 times the first's: functions without kinks to speak of, as
errors are over a rate."""

LEVELS = 6
"""Numbers with no more than so many different values are levels of their own, as words are."""


@dataclass(frozen=True)
class Axis:
    r"""What turns values into centred columns, for one hyperparameter.

    Numbers become their share q of the values drawn that are below, which makes the scale (logarithmic or
    not) irrelevant, and then cos(pi k q), k = 1, 2, ...; words and few numbers become one column per level.
    """

    name: str
    drawn: NDArray[np.float64]
    """Values (m,) in rising order that the space alone proposed, or codes of levels."""
    levels: tuple[Value, ...]
    """Distinct values; empty where they are numbers on an axis."""
    waves: int
    """Cosines; 0 where there are levels."""
    means: NDArray[np.float64]
    """(k,) means of the columns over ``drawn``."""
    gram: NDArray[np.float64]
    """(k, k) mean products of the centred columns over ``drawn``: c' G c is the variance of a function with
    coefficients c."""

    @classmethod
    def of(cls, name: str, drawn: Sequence[Value]) -> Axis:
        """From the values that were drawn independently of how trials went, at least one."""
        distinct = set(drawn)
        numeric = is_numeric(distinct)
        levels = () if numeric and len(distinct) > LEVELS else ordered(distinct)
        codes = coded(drawn, levels)
        waves = 0 if levels else min(WAVES, len(distinct) - 1)
        size = waves or len(levels)
        bare = cls(name, np.sort(codes), levels, waves, np.zeros(size), np.eye(size))
        columns = bare.columns(codes)
        means = columns.mean(axis=0)
        centred = columns - means
        return replace(bare, means=means, gram=centred.T @ centred / len(codes))

    @property
    def size(self) -> int:
        """Number of columns."""
        return len(self.means)

    def columns(self, codes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of numbers, or codes of levels (n,): columns (n, k), centred."""
        if self.levels:
            return np.asarray((codes[:, None] == np.arange(len(self.levels))) - self.means)
        waves = np.arange(1, self.waves + 1)
        turns = np.cos(np.pi * waves * self.share(codes)[:, None])
        return np.asarray(turns / waves**SMOOTH - self.means)

    def share(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The share of ``drawn`` below each value, halves of ties counted."""
        low, high = np.searchsorted(self.drawn, values, "left"), np.searchsorted(self.drawn, values, "right")
        return np.asarray((low + high) / (2 * len(self.drawn)))


def is_numeric(values: Iterable[Value]) -> bool:
    """True where all are numbers; a bool is a word."""
    return set(map(type, values)) <= {int, float}


def ordered(distinct: set[Value]) -> tuple[Value, ...]:
    """Numbers in rising order, words in alphabetical."""
    return tuple(sorted(distinct, key=float if is_numeric(distinct) else str))


def coded(values: Sequence[Value], levels: Sequence[Value]) -> NDArray[np.float64]:
    """Numbers as they are; with ``levels`` the place of each value among them, -1 for one that is missing."""
    if not levels:
        return np.array(values, dtype=np.float64)
    places = {level: float(place) for place, level in enumerate(levels)}
    return np.array([places.get(value, -1.0) for value in values])
