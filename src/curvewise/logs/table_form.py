"""How the lines of a table are to be read: its separator and the names of its columns."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from curvewise.logs.cells import number
from curvewise.logs.meanings import axis, meaning

SEPARATORS = (",", "\t", ";", "|", None)
"""In the order in which they are preferred; None is any white space."""
MOST_COLUMNS = 10_000


@dataclass
class TableForm:
    """How the lines of a table are to be read."""

    separator: str | None
    header: list[str]
    headless: bool = False
    """The first line is a row, and the names were made up."""

    def cells(self, line: str) -> list[str]:
        """A line's cells, as they stand."""
        if '"' in line:
            try:
                return next(csv.reader([line], delimiter=self.separator or " ", skipinitialspace=True), [])
            except csv.Error:
                return []
        return line.split(self.separator)


def form_of(lines: Sequence[str]) -> TableForm:
    """The separator under which most columns have known names, and most lines as many cells as the first."""
    best, form = (-1, -1, 0), TableForm(",", [])
    for order, separator in enumerate(SEPARATORS):
        if separator is not None and separator not in lines[0]:
            continue
        tried = TableForm(separator, [])
        header = [name.strip() for name in tried.cells(lines[0])][:MOST_COLUMNS]
        known = sum(1 for name in header if meaning(name) or axis(name))
        alike = (
            sum(1 for line in lines[1:] if len(tried.cells(line)) == len(header)) if len(header) > 1 else 0
        )
        if (known, alike, -order) > best:
            best, form = (known, alike, -order), TableForm(separator, header)
    if form.header and all(number(name) is not None for name in form.header):
        return TableForm(form.separator, _made_up([form.cells(line) for line in lines]), headless=True)
    return form


def _made_up(rows: Sequence[Sequence[str]]) -> list[str]:
    """Names for a table without any: x where the first column ascends, training loss, validation loss."""
    width = len(rows[0])
    first = [number(row[0]) if row else None for row in rows]
    known = [value for value in first if value is not None]
    ascends = len(known) > 1 and all(a < b for a, b in pairwise(known))
    names = (["step"] if ascends and width > 1 else []) + ["train_loss", "valid_loss"]
    return (names + [f"column {i + 1}" for i in range(len(names), width)])[:width]
