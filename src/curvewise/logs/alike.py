"""Rows that have the same names, recorded many at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curvewise.logs.recording import Column, Recording


@dataclass(frozen=True)
class Alike:
    """K rows of a log with the same names."""

    places: NDArray[np.int64]
    """Where they stand among all the rows (K,), ascending."""
    names: Collection[str]
    column: Callable[[str], Column]
    """The numbers (K,) under a name, and where there are any (K,)."""


def record(recording: Recording, groups: Sequence[Alike], numbered: bool = True) -> None:
    """Record groups of rows in the order in which they stand in the log.

    Rows without step and epoch stand at their places if these are ``numbered``, else nowhere.
    """
    if not groups:
        return
    places = np.sort(np.concatenate([group.places for group in groups]))
    of_each = [np.searchsorted(places, group.places) for group in groups]

    def read(name: str) -> Column:
        values, present = np.full(len(places), np.nan), np.zeros(len(places), np.bool_)
        for group, index in zip(groups, of_each, strict=True):
            if name in group.names:
                values[index], present[index] = group.column(name)
        return values, present

    names = dict.fromkeys(name for group in groups for name in group.names)
    recording.rows(names, read, places.astype(np.float64) if numbered else np.full(len(places), np.nan))
