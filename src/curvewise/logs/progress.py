r"""What training loops print: Keras' progress bars, Transformers' rows, and lines with ``name: value``.

Bars are drawn again and again over themselves, with ``\r`` or ``\b``: what was drawn last in an epoch counts.
``Epoch 1/10`` after later epochs begins a run of its own: another call of ``fit``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from curvewise.curves.run import Run
from curvewise.logs.cells import number
from curvewise.logs.columns import Columns
from curvewise.logs.long_form import side, sided
from curvewise.logs.meanings import axis, meaning
from curvewise.logs.opening import Source, head_text, is_text
from curvewise.logs.recording import Recording

FAR = 8 << 20
"""Bytes in which a file is searched for a first epoch."""
LONGEST = 4096
"""Characters of a line that are looked at, from its end: bars that no line end parts are far longer."""
_ESCAPES = re.compile(r"\x1b\[[0-9;?]{0,20}[A-Za-z]")
_EPOCH = re.compile(r"\bEpoch:?[ \t]{0,8}[\[(]?(\d{1,9})[ \t]{0,8}/[ \t]{0,8}(\d{1,9})", re.IGNORECASE)
_EPOCH_ALONE = re.compile(r"\W{0,40}epoch\W{0,5}(\d{1,9})\W{0,40}\Z", re.IGNORECASE)
_PLACE = re.compile(
    r"\b(epoch|step|iter|iteration|update)[ \t#:=\[('\"]{0,4}(\d{1,12}(?:\.\d{1,12})?)", re.IGNORECASE
)
_PART = re.compile(
    r"\b(?:step|iter|iteration|batch)[ \t:]{0,4}[\[(]?\d{1,9}[ \t]{0,4}/[ \t]{0,4}\d{1,9}", re.IGNORECASE
)
"""``Step [100/600]`` of an epoch: a line that is not drawn over by the next."""
_VALUE = re.compile(r"\d|nan|inf", re.IGNORECASE)
_NAME = r"[A-Za-z][A-Za-z0-9_/.\-@]{0,60}"
_PAIR = re.compile(
    rf"(?<![A-Za-z0-9_/.\-])((?:(?:train|training|val|valid|validation|test|eval)[ \t]+)?{_NAME})['\"]?"
    r"(?:[ \t]{0,3}[:=][ \t]{0,8}|[ \t]{1,8})['\"]?"
    r"([+-]?(?:\d{1,20}\.?\d{0,20}(?:[eE][+-]?\d{1,4})?|nan|inf)\b%?)",
    re.IGNORECASE,
)


def recognises(source: Source, head: bytes) -> bool:
    """Whether a text has lines with an epoch or a step and a loss or an accuracy."""
    if not is_text(head):
        return False
    placed = found = False
    for line in _segments(head_text(head).split("\n")):
        placed = placed or bool(_EPOCH.search(line) or _PLACE.search(line))
        found = found or any(meaning(name) for name in _pairs(line))
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
    epoch: float | None = None
    """The epoch of a bar, until the next begins."""
    row: dict[str, float] = field(default_factory=dict)
    last: float = 0.0
    runs: int = 0


def runs(source: Source, columns: Columns) -> Iterator[Run]:
    """The runs that a text tells of, one for each call of ``fit``."""
    printed = _Printed(columns, Recording(columns))
    for lines in source.lines():
        for line in _segments(lines):
            begun = _EPOCH.search(line) or _EPOCH_ALONE.match(line)
            if begun:
                epoch = float(begun.group(1))
                if epoch <= 1 < printed.last:
                    yield from _finished(printed, source)
                _end_epoch(printed, epoch)
            pairs = _pairs(line)
            if not pairs:
                continue
            if "train_runtime" in line:  # Transformers' last row: means over the whole run
                continue
            if begun and _PART.search(line):
                printed.recording.row({**pairs, "epoch": float(begun.group(1))})
            elif printed.epoch is not None:
                printed.row.update(pairs)
            else:
                _line(printed, line, pairs)
    yield from _finished(printed, source)


def _end_epoch(printed: _Printed, following: float | None) -> None:
    if printed.epoch is not None and following != printed.epoch:
        if printed.row:
            printed.recording.row({**printed.row, "epoch": printed.epoch})
        printed.row.clear()
    if following is not None:
        printed.last = following
    printed.epoch = following


def _line(printed: _Printed, line: str, pairs: dict[str, float]) -> None:
    """A line that stands for itself: its places are in it."""
    for found in _PLACE.finditer(line):
        pairs.setdefault(found.group(1).lower(), float(found.group(2)))
    if any(meaning(name) or name in printed.columns.given for name in pairs):
        printed.last += 1
        printed.recording.row(pairs, printed.last)


def _finished(printed: _Printed, source: Source) -> Iterator[Run]:
    _end_epoch(printed, None)
    printed.recording.say(["the curves were read off what was printed", *source.damage])
    run = printed.recording.run(
        source.name if not printed.runs else f"{source.name} ({printed.runs + 1})", source.shown
    )
    printed.recording, printed.last = Recording(printed.columns), 0.0
    if run is not None:
        printed.runs += 1
        yield run


def _segments(lines: list[str]) -> Iterator[str]:
    """Lines as they are seen: without colours, and of what was drawn over itself the last."""
    for line in lines:
        for drawn in re.split("\b+", line[-LONGEST:]) if "\b" in line else (line[-LONGEST:],):
            if drawn:
                yield _ESCAPES.sub("", drawn) if "\x1b" in drawn else drawn


def _pairs(line: str) -> dict[str, float]:
    """The names and numbers in a line, those whose names mean something.

    A side said once holds for the rest of the line: ``val Loss: 0.5 Acc: 0.75``.
    """
    found: dict[str, float] = {}
    before = ""
    for name, value in _PAIR.findall(line) if _VALUE.search(line) else ():
        if meaning(name) or axis(name):
            read = number(value)
            parts = name.split()
            before = side(parts[0]) if len(parts) > 1 else before
            if read is not None:
                found["_".join(parts) if len(parts) > 1 else sided([name], before)[name]] = read
    return found
