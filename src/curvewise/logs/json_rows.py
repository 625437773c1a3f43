"""Rows as JSON objects, column by column: those with the same names together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain
from operator import attrgetter, itemgetter
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from curvewise.logs.json_values import Flat, column, decoded, flat, loaded_elements, loaded_lines
from curvewise.logs.long_form import names_a_run, names_a_side, parts, sided
from curvewise.logs.recording import Alike, Column, RunsByName, column_of

SUMMARY = "train_runtime"
"""In Transformers' last row, which holds means over the whole run."""
MOST_NAMES = 64
"""Names that records have: rows of more are decoded into dictionaries."""
Plain = int | float | str | bool | None
PLAIN = {float, int, str, bool, type(None)}
"""What a record's fields hold: nothing that is nested."""
Row = Any
"""A dictionary, or a record of a ``RowDecoder``."""


class RowDecoder:
    """Decodes rows into dictionaries, and later ones into records of the names that were in those.

    Records take half as long. They have a field for each of the names, None where a row has none. Where a row
    has another name, or something nested under one, all that are decoded with it become dictionaries.
    """

    def __init__(self) -> None:
        self._names: dict[str, None] = {}
        self._texts: set[str] = set()
        """Names under which there was anything but numbers."""
        self._line: msgspec.json.Decoder[Any] | None = None
        self._list: msgspec.json.Decoder[Any] | None = None

    def lines(self, text: str) -> list[object]:
        """The value of every line that is not blank, None where it says none."""
        found = decoded(self._line.decode_lines, text) if self._line is not None else []
        return found if len(found) == text.count("\n") + 1 else self._learnt(loaded_lines(text))

    def elements(self, text: str) -> list[object]:
        """The elements of a list, whose text this is without its brackets; none where it is anything else."""
        if not text.startswith("{"):
            return loaded_elements(text)
        found = decoded(self._list.decode, f"[{text}]") if self._list is not None else []
        return found or self._learnt(loaded_elements(text))

    def _learnt(self, found: list[object]) -> list[object]:
        """The same, after the names of its rows were learnt if records can hold them."""
        rows = [row for row in found if isinstance(row, dict)]
        names = {**self._names, **dict.fromkeys(chain.from_iterable(rows))}
        told = chain.from_iterable(map(dict.items, rows))
        texts = self._texts | {name for name, value in told if isinstance(value, str | bool)}
        if (
            (self._names.keys() < names.keys() or self._texts < texts)
            and len(names) <= MOST_NAMES
            and SUMMARY not in names
            and not any(map(names_a_side, names))
            and all(map(str.isprintable, names))
            and set(map(type, chain.from_iterable(map(dict.values, rows)))) <= PLAIN
        ):
            kept = texts | set(filter(names_a_run, names))  # names of runs may be whole numbers
            fields = [f"text{i}" if name in kept else f"number{i}" for i, name in enumerate(names)]
            kinds = [(field, Plain if field.startswith("text") else float | None, None) for field in fields]
            rename = dict(zip(fields, names, strict=True))
            record = msgspec.defstruct("Record", kinds, rename=rename, forbid_unknown_fields=True, gc=False)
            self._names, self._texts, self._line = names, texts, msgspec.json.Decoder(record)
            self._list = msgspec.json.Decoder(list[record])  # type: ignore[valid-type]
        return found


@dataclass(frozen=True)
class Rows:
    """Objects with the same names, and where each stands in the log."""

    names: tuple[str, ...]
    rows: Sequence[Row]
    """All of one kind."""
    places: NDArray[np.int64]

    @cached_property
    def types(self) -> set[type]:
        """What kinds of values there are; of records it is known that nothing is nested in them."""
        rows = [] if isinstance(self.rows[0], msgspec.Struct) else self.rows
        return set(map(type, chain.from_iterable(map(dict.values, rows))))

    def cells(self, name: str) -> list[object]:
        """What the rows have under a name."""
        return list(map(attrgetter(field) if (field := self._field(name)) else itemgetter(name), self.rows))

    def column(self, name: str) -> Column:
        """The numbers under a name, and where there are any."""
        only_numbers = self._field(name).startswith("number")
        return column_of(self.cells(name)) if only_numbers else column(self.cells(name))

    def _field(self, name: str) -> str:
        """The field of records that is read as this name; of dictionaries none."""
        fields: tuple[str, ...] = getattr(self.rows[0], "__struct_fields__", ())
        return fields[self.names.index(name)] if fields else ""

    def first(self) -> Flat:
        """The first row as a dictionary."""
        row = self.rows[0]
        return (
            row if isinstance(row, dict) else dict(zip(self.names, msgspec.structs.astuple(row), strict=True))
        )

    def some(self, members: list[int]) -> Rows:
        """The rows with these numbers."""
        return Rows(self.names, [self.rows[i] for i in members], self.places[members])


def objects_of(values: Sequence[object], count: int) -> tuple[list[Row], NDArray[np.int64]]:
    """The objects among some values, and their places: the first value's is ``count`` + 1."""
    places = np.arange(count + 1, count + 1 + len(values))
    kinds = set(map(type, values))
    if len(kinds) == 1 and issubclass(kinds.pop(), dict | msgspec.Struct):
        return list(values), places
    kept = [i for i, value in enumerate(values) if isinstance(value, dict | msgspec.Struct)]
    return [values[i] for i in kept], places[kept]


def alike(rows: Sequence[Row], places: NDArray[np.int64]) -> list[Rows]:
    """Rows by their names, in the order in which each set of names occurs first."""
    if rows and isinstance(rows[0], msgspec.Struct):  # all are, and have the same
        return [Rows(rows[0].__struct_encode_fields__, rows, places)]
    kinds: dict[tuple[str, ...], list[int]] = {}
    for i, names in enumerate(map(tuple, rows)):
        kinds.setdefault(names, []).append(i)
    return [Rows(names, [rows[i] for i in part], places[part]) for names, part in kinds.items()]


def record_rows(runs: RunsByName, groups: Sequence[Rows], settings: bool) -> None:
    """Record rows by the run that they name, if they do; where they may tell ``settings``, those, too."""
    of_run: dict[str, list[Alike]] = {}
    for group in chain.from_iterable(map(_flattened, groups)):
        if SUMMARY in group.names:
            continue
        for name, part, before in _parted(group):
            renamed = {new: old for old, new in sided(part.names, before).items()}
            of_run.setdefault(name, []).append(Alike(part.places, renamed, partial(_column, part, renamed)))
            if settings:
                runs.of(name).set(part.first())
    for name, those in of_run.items():
        runs.of(name).rows(those, numbered=True)


def _column(part: Rows, renamed: dict[str, str], name: str) -> Column:
    return part.column(renamed[name])


def _flattened(group: Rows) -> list[Rows]:
    """Objects inside the rows gone into: ``{"train": {"loss": 1}}`` becomes ``train/loss``."""
    rows = [flat(row) for row in group.rows if isinstance(row, dict)] if dict in group.types else []
    return alike(rows, group.places) if rows else [group]


def _parted(group: Rows) -> list[tuple[str, Rows, str]]:
    """The rows of each run that they name, what it is called, and the side that they are of."""
    found = parts(group.names, group.cells)
    return [(name, group.some(members), before) for name, before, members in found] or [("", group, "")]
