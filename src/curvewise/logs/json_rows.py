"""Rows as JSON objects, column by column: those with the same names together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain
from operator import itemgetter
from typing import cast

import numpy as np
from numpy.typing import NDArray

from curvewise.logs.alike import Alike, record
from curvewise.logs.json_values import Flat, column, flat
from curvewise.logs.long_form import parts, sided
from curvewise.logs.recording import Column
from curvewise.logs.runs_by_name import RunsByName

SUMMARY = "train_runtime"
"""In Transformers' last row, which holds means over the whole run."""


@dataclass(frozen=True)
class Rows:
    """Objects with the same names, and where each stands in the log."""

    names: tuple[str, ...]
    rows: Sequence[Flat]
    places: NDArray[np.int64]

    @cached_property
    def types(self) -> set[type]:
        """What kinds of values there are."""
        return set(map(type, chain.from_iterable(map(dict.values, self.rows))))

    def cells(self, name: str) -> list[object]:
        """What the rows have under a name."""
        return list(map(itemgetter(name), self.rows))

    def column(self, name: str) -> Column:
        """The numbers under a name, and where there are any."""
        return column(self.cells(name))


def objects_of(values: Sequence[object], count: int) -> tuple[list[Flat], NDArray[np.int64]]:
    """The objects among some values, and their places: the first value's is ``count`` + 1."""
    places = np.arange(count + 1, count + 1 + len(values))
    if set(map(type, values)) == {dict}:
        return cast(list[Flat], list(values)), places
    kept = [i for i, value in enumerate(values) if isinstance(value, dict)]
    return [cast(Flat, values[i]) for i in kept], places[kept]


def alike(rows: Sequence[Flat], places: NDArray[np.int64]) -> list[Rows]:
    """Rows by their names, in the order in which each set of names occurs first."""
    names = list(map(tuple, rows))
    kinds = {kind: i for i, kind in enumerate(dict.fromkeys(names))}
    if len(kinds) == 1:
        return [Rows(names[0], rows, places)]
    kind_of_each = np.fromiter(map(kinds.__getitem__, names), np.int64, len(rows))
    order = np.argsort(kind_of_each, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(kind_of_each))[:-1]) if kinds else []
    return [
        Rows(kind, [rows[i] for i in part], places[part]) for kind, part in zip(kinds, parts, strict=True)
    ]


def record_rows(runs: RunsByName, groups: Sequence[Rows], settings: bool) -> None:
    """Record rows by the run that they name, if they do; where they may tell ``settings``, those, too."""
    of_run: dict[str, list[Alike]] = {}
    for group in groups:
        for each in _flattened(group):
            if SUMMARY in each.names:
                continue
            for name, part, before in _parted(each):
                renamed = {new: old for old, new in sided(part.names, before).items()}
                of_run.setdefault(name, []).append(
                    Alike(part.places, renamed, partial(_column, part, renamed))
                )
                if settings:
                    runs.of(name).set(part.rows[0])
    for name, those in of_run.items():
        record(runs.of(name), those)


def _column(part: Rows, renamed: dict[str, str], name: str) -> Column:
    return part.column(renamed[name])


def _flattened(group: Rows) -> list[Rows]:
    """Objects inside the rows gone into: ``{"train": {"loss": 1}}`` becomes ``train/loss``."""
    return alike([flat(row) for row in group.rows], group.places) if dict in group.types else [group]


def _parted(group: Rows) -> Iterator[tuple[str, Rows, str]]:
    """The rows of each run that they name, what it is called, and the side that they are of."""
    found = parts(group.names, group.cells)
    for name, before, members in found:
        yield name, Rows(group.names, [group.rows[i] for i in members], group.places[members]), before
    if not found:
        yield "", group, ""
