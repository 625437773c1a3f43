"""Tables of any tool: CSV, TSV, and others with a separator.

Lightning's ``metrics.csv`` (sparse rows), Keras' CSVLogger, fastai's ``history.csv``, timm's ``summary.csv``,
Ultralytics' ``results.csv``, Ray's ``progress.csv``, AlgoPerf's ``measurements.csv``, people's own: they
differ in names only, and ``meanings`` knows those.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

import numpy as np

from curvewise.curves.run import Run
from curvewise.logs.cells import ABSENT, matrix, number, numbers
from curvewise.logs.columns import Columns
from curvewise.logs.long_form import names_a_run, names_a_side, parts, sided
from curvewise.logs.meanings import PART_OF_A_LOSS, axis, meaning
from curvewise.logs.opening import Source, head_text, is_text
from curvewise.logs.recording import Alike, Column, RunsByName
from curvewise.logs.safe_text import shown
from curvewise.logs.settings import settings_beside

LONGEST = 1 << 20
"""Characters of a line of a table."""
SEPARATORS = (",", "\t", ";", "|", None)
"""In the order in which they are preferred; None is any white space."""
MOST_COLUMNS = 10_000


@dataclass
class Form:
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


def form_of(lines: Sequence[str]) -> Form:
    """The separator under which most columns have known names, and most lines as many cells as the first."""
    best, form = (-1, -1, 0), Form(",", [])
    for order, separator in enumerate(SEPARATORS):
        if separator is not None and separator not in lines[0]:
            continue
        tried = Form(separator, [])
        header = [name.strip() for name in tried.cells(lines[0])][:MOST_COLUMNS]
        known = sum(1 for name in header if meaning(name) or axis(name))
        alike = (
            sum(1 for line in lines[1:] if len(tried.cells(line)) == len(header)) if len(header) > 1 else 0
        )
        if (known, alike, -order) > best:
            best, form = (known, alike, -order), Form(separator, header)
    if form.header and all(number(name) is not None for name in form.header):
        return Form(form.separator, _made_up([form.cells(line) for line in lines]), headless=True)
    return form


def _made_up(rows: Sequence[Sequence[str]]) -> list[str]:
    """Names for a table without any: x where the first column ascends, training loss, validation loss."""
    width = len(rows[0])
    first = [number(row[0]) if row else None for row in rows]
    known = [value for value in first if value is not None]
    ascends = len(known) > 1 and all(a < b for a, b in pairwise(known))
    names = (["step"] if ascends and width > 1 else []) + ["train_loss", "valid_loss"]
    return (names + [f"column {i + 1}" for i in range(len(names), width)])[:width]


def recognises(source: Source, head: bytes) -> bool:
    """Whether the first line names columns that are known, and the next has as many cells."""
    lines = [line for line in head_text(head).split("\n")[:20] if line.strip() and not line.startswith("#")]
    if not is_text(head) or not lines or lines[0].lstrip()[:1] in ("{", "["):
        return False
    form = form_of(lines)
    if any(_is_told(name) for name in form.header):
        return False
    meant = {i: found for i, name in enumerate(form.header) if (found := meaning(name))}
    placed = any(axis(name) for name in form.header)
    if len(form.header) < 2 or not any(placed or each.rank != PART_OF_A_LOSS for each in meant.values()):
        return False
    rows = [form.cells(line) for line in lines[1:]]
    width = len(form.header)
    return all(_of_numbers([row[i] for row in rows if len(row) == width]) for i in meant) and (
        not rows or 2 * sum(len(row) >= max(2, width - 1) for row in rows) >= len(rows)
    )


def _is_told(cell: str) -> bool:
    """Whether a cell is a name with its value, as in ``loss=0.5``: a line that was printed, and no header."""
    name, mark, value = cell.partition("=")
    return bool(name and mark) and number(value) is not None


def _of_numbers(cells: Sequence[str]) -> bool:
    """Whether most cells hold a number or nothing."""
    return 2 * sum(number(c) is not None or c.strip().lower() in ABSENT for c in cells) >= len(cells)


def guessable(head: bytes) -> bool:
    """Whether this may be a table, with or without names: most lines have a number, and as many cells."""
    if not is_text(head):
        return False
    lines = [line for line in head_text(head).split("\n")[:50] if line.strip()][:-1] or [head_text(head)]
    form = form_of(lines)
    cells = [form.cells(line) for line in lines[1:]] or [form.header]
    alike = sum(len(row) == len(form.header) and any(number(c) is not None for c in row) for row in cells)
    return 2 * alike > len(cells)


@dataclass
class _Reading:
    """A table while it is read."""

    form: Form
    columns: Columns
    short: int = 0
    runs: RunsByName = field(default_factory=RunsByName)


def runs(source: Source, columns: Columns) -> Iterator[Run]:
    """The runs of a table: one, or one for each name where a column names the run."""
    reading: _Reading | None = None
    settings = settings_beside(source)
    for block in source.blocks():
        if reading is not None and _record_numbers(reading, block):
            continue
        told = [
            line[:LONGEST] for line in block.split("\n") if line and not line.isspace() and line[0] != "#"
        ]
        if not told:
            continue
        if reading is None:
            form = form_of(told[:20])
            reading = _Reading(form, columns, runs=RunsByName(columns, settings))
            told = told if form.headless else told[1:]
        if not _record_numbers(reading, "\n".join(told)):
            for rows in _parts(reading, told):
                _record(reading, rows)
        yield from reading.runs.finished(source)
    if reading is None:
        return
    notes = _guesses(reading)
    if reading.short:
        notes.append(f"rows with fewer cells than columns: {reading.short:,}")
    yield from reading.runs.all(source, [*notes, *source.damage])


def names(source: Source) -> list[str]:
    """The names of a table's columns, for a message."""
    for block in source.blocks():
        return [shown(name) for name in form_of(block.split("\n")[:20]).header[:30]]
    return []


def _parts(reading: _Reading, lines: list[str]) -> Iterator[list[list[str]]]:
    """Rows of one header at a time: appended logs repeat theirs, or go on with another."""
    cells = reading.form.cells
    rows = [cells(line) for line in lines]
    starts = [
        i for i, row in enumerate(rows) if row and not row[0][:1].isdigit() and _is_header(reading, row)
    ]
    begin = 0
    for start in [*starts, len(rows)]:
        if start > begin:
            yield rows[begin:start]
        if start < len(rows):
            reading.form.header = [name.strip() for name in rows[start]][:MOST_COLUMNS]
        begin = start + 1


def _is_header(reading: _Reading, row: list[str]) -> bool:
    if [name.strip() for name in row] == reading.form.header:
        return True
    if all(number(cell) is None for cell in row) and sum(1 for name in row if meaning(name.strip())) > 0:
        return sum(1 for name in row if meaning(name.strip()) or axis(name.strip())) * 2 >= len(row)
    return False


def _record_numbers(reading: _Reading, text: str) -> bool:
    """Record lines that hold nothing but numbers, the fast way; False where they have to be read by cells."""
    header = reading.form.header
    if any(names_a_run(name) or names_a_side(name) for name in header) or len(set(header)) < len(header):
        return False
    found = matrix(text, reading.form.separator, len(header))
    if found is None:
        return False
    values, present = found
    columns = {name: (values[:, i], present[:, i]) for i, name in enumerate(header)}
    reading.runs.of("").rows([Alike(np.arange(len(values)), header, columns.__getitem__)], numbered=False)
    return True


def _record(reading: _Reading, rows: list[list[str]]) -> None:
    header = reading.form.header
    width = len(header)
    if set(map(len, rows)) != {width}:
        short = sum(1 for row in rows if len(row) < width)
        reading.short += short
        rows = [(row + [""] * (width - len(row)))[:width] for row in rows]
    columns = dict(zip(header, zip(*rows, strict=True), strict=False))
    comma = reading.form.separator == ";"
    named = [name for name in header if name not in reading.columns.given]
    for name, before, members in parts(named, columns.__getitem__) or [("", "", list(range(len(rows))))]:
        names = sided(columns, before)
        part = {names[column]: tuple(cells[i] for i in members) for column, cells in columns.items()}
        told = Alike(np.array(members), part, partial(_numbers, part, comma))
        reading.runs.of(name).rows([told], numbered=False)


def _numbers(columns: Mapping[str, Sequence[str]], comma: bool, name: str) -> Column:
    return numbers(columns[name], comma)


def _guesses(reading: _Reading) -> list[str]:
    """What was taken for granted where the table has no names."""
    if not reading.form.headless:
        return []
    listed = ", ".join(shown(name) for name in reading.form.header[:3])
    return [f"the table names no columns; they were read as {listed}"]
