r"""What training loops print: Keras' progress bars, Transformers' rows, and lines with ``name: value``.

Bars are drawn again and again over themselves, with ``\r`` or ``\b``: what was drawn last in an epoch counts.
``Epoch 1/10`` after later epochs begins a run of its own: another call of ``fit``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

import numpy as np

from curvewise.curves.run import Run
from curvewise.logs.alike import Alike, record
from curvewise.logs.columns import Columns
from curvewise.logs.opening import Source, head_text, is_text
from curvewise.logs.printed_lines import Form, Lines, Numbers, form_of, segments
from curvewise.logs.recording import Column, Recording

FAR = 8 << 20
"""Bytes in which a file is searched for a first epoch."""


def recognises(source: Source, head: bytes) -> bool:
    """Whether a text has lines with an epoch or a step and a loss or an accuracy."""
    if not is_text(head):
        return False
    placed = found = False
    for line in segments(head_text(head).split("\n")):
        form = form_of(line)
        placed = placed or form.epoch is not None or form.placed
        found = found or form.means
        if placed and found:
            return True
    return False


def recognises_later(source: Source, head: bytes) -> bool:
    """Whether such lines come after much else."""
    return recognises(source, source.head(FAR))


@dataclass
class _Printed:
    """What was printed so far."""

    columns: Columns
    recording: Recording
    lines: Lines = field(default_factory=Lines)
    epoch: float | None = None
    """The epoch of a bar, until the next begins."""
    drawn: dict[Form, Numbers] = field(default_factory=dict)
    """What was drawn last in it, of each form, in that order."""
    rows: dict[tuple[Form, bool], tuple[list[int], list[Numbers]]] = field(default_factory=dict)
    """Lines that wait to be recorded, with their numbers, by their form and whether an epoch comes last."""
    count: int = 0
    last: float = 0.0
    """The last epoch, or before the first how many lines there were."""
    runs: int = 0


def runs(source: Source, columns: Columns) -> Iterator[Run]:
    """The runs that a text tells of, one for each call of ``fit``."""
    printed = _Printed(columns, Recording(columns))
    given = set(columns.given)
    for lines in source.lines():
        for form, rows in printed.lines.read(segments(lines)):
            if form.epoch is not None:
                for numbers in rows:
                    yield from _epoch_line(printed, form, numbers, source)
            elif form.values and printed.epoch is not None:
                printed.drawn.pop(form, None)
                printed.drawn[form] = rows[-1]
            elif form.means or not given.isdisjoint(form.places):
                printed.last += len(rows)
                _rows(printed, form, rows, within=False)
        _record(printed)
    yield from _finished(printed, source)


def _epoch_line(printed: _Printed, form: Form, numbers: Numbers, source: Source) -> Iterator[Run]:
    """A line that says which epoch it is."""
    assert form.epoch is not None
    epoch = float(numbers[form.epoch])
    if epoch <= 1 < printed.last:
        yield from _finished(printed, source)
    if epoch != printed.epoch:
        _end_epoch(printed)
    printed.epoch = printed.last = epoch
    if form.values and form.part:
        _rows(printed, form, [(*numbers, numbers[form.epoch])], within=True)
    elif form.values:
        printed.drawn.pop(form, None)
        printed.drawn[form] = numbers


def _end_epoch(printed: _Printed) -> None:
    """Record what was drawn last in an epoch."""
    if len(printed.drawn) == 1:
        ((form, numbers),) = printed.drawn.items()
        _rows(printed, form, [(*numbers, str(printed.epoch))], within=True)
    elif printed.epoch is not None and printed.drawn:
        _record(printed)
        row = {
            n: float(numbers[i]) for form, numbers in printed.drawn.items() for n, i in form.values.items()
        }
        printed.recording.row({**row, "epoch": printed.epoch})
    printed.drawn.clear()
    printed.epoch = None


def _rows(printed: _Printed, form: Form, rows: Sequence[Numbers], within: bool) -> None:
    places, waiting = printed.rows.setdefault((form, within), ([], []))
    places += range(printed.count + 1, printed.count + 1 + len(rows))
    waiting += rows
    printed.count += len(rows)


def _record(printed: _Printed) -> None:
    """Record the lines that wait."""
    groups = []
    for (form, within), (places, waiting) in printed.rows.items():
        index = {**form.values, "epoch": -1} if within else form.places
        groups.append(Alike(np.array(places), index, _Columns(index, waiting)))
    record(printed.recording, groups)
    printed.rows.clear()


@dataclass(frozen=True)
class _Columns:
    """Numbers of lines of one form, by name."""

    index: Mapping[str, int]
    lines: Sequence[Numbers]

    def __call__(self, name: str) -> Column:
        at = self.index[name]
        values = np.array(list(map(float, map(itemgetter(at), self.lines))), np.float64)
        return values, np.ones(len(values), np.bool_)


def _finished(printed: _Printed, source: Source) -> Iterator[Run]:
    _end_epoch(printed)
    _record(printed)
    printed.recording.say(["the curves were read off what was printed", *source.damage])
    run = printed.recording.run(
        source.name if not printed.runs else f"{source.name} ({printed.runs + 1})", source.shown
    )
    printed.recording, printed.last, printed.count = Recording(printed.columns), 0.0, 0
    if run is not None:
        printed.runs += 1
        yield run
