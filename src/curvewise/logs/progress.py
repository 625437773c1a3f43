r"""What training loops print: Keras' progress bars, Transformers' rows, and lines with ``name: value``.

Bars are drawn again and again over themselves, with ``\r`` or ``\b``: what was drawn last in an epoch counts.
``Epoch 1/10`` after later epochs begins a run of its own: another call of ``fit``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from curvewise.curves.run import Run
from curvewise.logs.cells import numbers
from curvewise.logs.columns import Columns
from curvewise.logs.opening import Source, head_text, is_text
from curvewise.logs.printed_lines import Form, Lines
from curvewise.logs.recording import Alike, Column, Recording

FAR = 8 << 20
"""Bytes in which a file is searched for a first epoch."""
SOME = 1000
"""Lines that are looked at together to recognise a text."""


def recognises(source: Source, head: bytes) -> bool:
    """Whether a text has lines with an epoch or a step and a loss or an accuracy."""
    if not is_text(head):
        return False
    placed = found = False
    lines = head_text(head).split("\n")
    for start in range(0, len(lines), SOME):
        read = Lines()
        read.read("\n".join(lines[start : start + SOME]))
        placed = placed or any(form.epoch is not None or form.placed for form in read.forms)
        found = found or any(form.means for form in read.forms)
        if placed and found:
            return True
    return False


def recognises_later(source: Source, head: bytes) -> bool:
    """Whether such lines come after much else."""
    return recognises(source, source.head(FAR))


@dataclass
class _Printed:
    """What was printed so far."""

    recording: Recording
    epoch: float | None = None
    """The epoch of a bar, until the next begins."""
    drawn: dict[str, str] = field(default_factory=dict)
    """What was drawn last in it, by name."""
    waiting: dict[tuple[str, ...], tuple[list[int], list[list[str]]]] = field(default_factory=dict)
    """Rows that wait to be recorded, by their names: where each stands, and the numbers under each name."""
    count: int = 0
    last: float = 0.0
    """The last epoch, or before the first how many lines there were."""
    runs: int = 0


def runs(source: Source, columns: Columns) -> Iterator[Run]:
    """The runs that a text tells of, one for each call of ``fit``."""
    printed, read = _Printed(Recording(columns)), Lines()
    for block in source.blocks():
        lines, which = read.read(block)
        begins = np.array([form.epoch is not None for form in read.forms])[which]
        at = 0
        for end in [*np.flatnonzero(begins).tolist(), len(lines)]:
            if at < end:
                _within(printed, read.forms, lines[at:end], which[at:end])
            if end < len(lines):
                yield from _epoch_line(printed, read.forms[which[end]], lines[end], source)
            at = end + 1
        _record(printed)
    yield from _finished(printed, source)


def _epoch_line(printed: _Printed, form: Form, line: str, source: Source) -> Iterator[Run]:
    """A line that says which epoch it is."""
    assert form.epoch is not None
    epoch = float(line[slice(*form.epoch)])
    if epoch <= 1 < printed.last:
        yield from _finished(printed, source)
    if epoch != printed.epoch:
        _end_epoch(printed)
    printed.epoch = printed.last = epoch
    told = {name: line[start:end] for name, (start, end) in form.values.items()}
    if form.part and told:
        _row(printed, {**told, "epoch": str(epoch)})
    else:
        printed.drawn.update(told)


def _within(printed: _Printed, forms: Sequence[Form], lines: list[str], which: NDArray[np.int64]) -> None:
    """Lines that say no epoch: those of a bar, of which the last count, or rows that stand for themselves."""
    if printed.epoch is not None:
        last = np.full(len(forms), -1)
        last[which] = np.arange(len(lines))
        for i in np.sort(last[last >= 0]).tolist():
            told = forms[which[i]].values.items()
            printed.drawn.update({name: lines[i][start:end] for name, (start, end) in told})
        return
    given = set(printed.recording.columns.given)
    rows = np.array([form.means or not given.isdisjoint(form.places) for form in forms])[which]
    places = printed.count + np.cumsum(rows)
    for number in dict.fromkeys(which[rows].tolist()):
        index = np.flatnonzero(which == number)
        alike = [lines[i] for i in index.tolist()]
        of_names = forms[number].places
        at, cells = printed.waiting.setdefault(tuple(of_names), ([], [[] for _ in of_names]))
        at += places[index].tolist()
        for told, (start, end) in zip(cells, of_names.values(), strict=True):
            told.extend(map(itemgetter(slice(start, end)), alike))
    printed.count += int(rows.sum())
    printed.last += int(rows.sum())


def _row(printed: _Printed, row: dict[str, str]) -> None:
    printed.count += 1
    at, cells = printed.waiting.setdefault(tuple(row), ([], [[] for _ in row]))
    at.append(printed.count)
    for told, cell in zip(cells, row.values(), strict=True):
        told.append(cell)


def _end_epoch(printed: _Printed) -> None:
    """Keep what was drawn last in an epoch."""
    if printed.drawn:
        _row(printed, {**printed.drawn, "epoch": str(printed.epoch)})
    printed.drawn, printed.epoch = {}, None


def _record(printed: _Printed) -> None:
    """Record the rows that wait."""
    printed.recording.rows([_alike(names, *rows) for names, rows in printed.waiting.items()], numbered=True)
    printed.waiting.clear()


def _alike(names: Sequence[str], places: Sequence[int], cells: Sequence[Sequence[str]]) -> Alike:
    order = np.argsort(places)

    def column(name: str) -> Column:
        values, present = numbers(cells[names.index(name)])
        return values[order], present[order]

    return Alike(np.array(places)[order], names, column)


def _finished(printed: _Printed, source: Source) -> Iterator[Run]:
    _end_epoch(printed)
    _record(printed)
    printed.recording.say(["the curves were read off what was printed", *source.damage])
    run = printed.recording.run(
        source.name if not printed.runs else f"{source.name} ({printed.runs + 1})", source.shown
    )
    printed.recording, printed.last, printed.count = Recording(printed.recording.columns), 0.0, 0
    if run is not None:
        printed.runs += 1
        yield run
