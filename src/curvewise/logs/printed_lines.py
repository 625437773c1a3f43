r"""What a printed line says: names and numbers, and where it stands.

Training loops print the same line again and again with other numbers. Lines that differ in digits only say
the same, at the same places: each such shape is read once, and numbers are cut out of all lines that have it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from curvewise.logs.long_form import side, sided
from curvewise.logs.meanings import ROLES, axis, meaning

LONGEST = 4096
"""Characters of a line that are looked at, from its end: bars that no line end parts are far longer."""
MOST_SHAPES = 4096
"""Shapes that are remembered from one block of lines to the next."""
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
_NUMBERED = re.compile(
    r"[ \t]{0,8}\[[ \t]{0,8}(\d{1,9})[ \t]{0,8}(?:,[ \t]{0,8}\d{1,9}[ \t]{0,8})?\](?=[ \t]{0,8}[A-Za-z])"
)
"""``[3] loss: 0.5`` and ``[3,  2000] loss: 0.5``, as PyTorch's tutorials print epoch and minibatch."""
_VALUE = re.compile(r"\d|nan|inf", re.IGNORECASE)
_NAME = r"[A-Za-z][A-Za-z0-9_/.\-@]{0,60}"
_PAIR = re.compile(
    r"(?<![A-Za-z0-9_/.\-])((?:(?:train|training|val|valid|validation|test|eval)(?:(?:_\d{1,3})?'s)?[ \t]+)?"
    rf"{_NAME})['\"]?(?:[ \t]{{0,3}}[:=][ \t]{{0,8}}|[ \t]{{1,8}})['\"]?"
    r"([+-]?(?:\d{1,20}\.?\d{0,20}(?:[eE][+-]?\d{1,4})?|nan|inf)\b)%?",
    re.IGNORECASE,
)
_WORD_BEFORE = re.compile(r"([A-Za-z][A-Za-z_@]*)[ \t:=(\[{|\-]*\Z")
_ONE_DIGIT = str.maketrans("123456789", "000000000")
Span = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Form:
    """What lines of one shape say; numbers are told by where they stand, from and to which character."""

    epoch: Span | None
    """The number of the epoch that this line begins, or is part of."""
    part: bool
    """It is a row of its own within an epoch."""
    placed: bool
    """It says where it stands."""
    values: Mapping[str, Span]
    """The numbers under names that mean something."""
    places: Mapping[str, Span]
    """Those and the places of the line, where it stands for itself."""
    named: tuple[Span, ...]
    """Names in which there are digits: lines with others are of another form."""

    @cached_property
    def means(self) -> bool:
        """Whether it says anything but places."""
        return any(meaning(name) for name in self.places)


def form_of(line: str) -> Form:
    """The form of a line; a number in brackets in front is an epoch, where it names no place itself."""
    numbered = _NUMBERED.match(line)
    if numbered is None or _PLACE.search(line) or _EPOCH.search(line):
        return _form(line)
    front = f"epoch {numbered[1]} "
    form = _form(front + line[numbered.end() :])

    def moved(span: Span) -> Span:
        by = numbered.start(1) - len("epoch ") if span[0] < len(front) else numbered.end() - len(front)
        return span[0] + by, span[1] + by

    return replace(
        form,
        values={name: moved(span) for name, span in form.values.items()},
        places={name: moved(span) for name, span in form.places.items()},
        named=tuple(map(moved, form.named)),
    )


def _form(line: str) -> Form:
    begun = _EPOCH.search(line) or _EPOCH_ALONE.match(line)
    pairs = [*_PAIR.finditer(line)] if _VALUE.search(line) else []
    values = {} if "train_runtime" in line else dict(_values(line, pairs))  # Transformers' means of the run
    stands = {found.group(1).lower(): found.span(2) for found in reversed([*_PLACE.finditer(line)])}
    return Form(
        begun.span(1) if begun else None,
        _PART.search(line) is not None,
        bool(stands),
        values,
        {**stands, **values} if values else {},
        tuple(pair.span(1) for pair in pairs if any(map(str.isdigit, pair[1]))),
    )


def _values(line: str, pairs: list[re.Match[str]]) -> Iterator[tuple[str, Span]]:
    """The numbers of a line under names that mean something.

    A side said once holds for the rest of the line: ``val Loss: 0.5 Acc: 0.75``. One without a name is of the
    loss, or of what is named before: ``acc: train=0.75 val=0.5``; LightGBM's are ``valid_1's l2: 0.5``.
    """
    before, end, of_side = "", 0, ""
    for pair in pairs:
        *sets, last = pair[1].split()
        if sets and sets[0].endswith("'s"):
            called = f"{sets[0][:-2]}/{last}"
        elif sets:
            before, called = side(sets[0]), "_".join((sets[0], last))
        elif last.lower() in ROLES and not pair[2].isdigit():
            marked = {*line[pair.end(1) : pair.start(2)]} & {":", "="}
            of_side = _told_by(line[end : pair.start()], of_side or ("loss" if marked else "unknown"))
            called, end = f"{last}_{of_side}", pair.end()
        else:
            called = sided([last], before)[last]
        if meaning(called) or axis(pair[1]):
            yield called, pair.span(2)


def _told_by(text: str, otherwise: str) -> str:
    """What a side's number is of, by the word just before it: nothing known after ``seconds train=``."""
    found = _WORD_BEFORE.search(text)
    if found is None or found[1].isupper() or axis(found[1]):
        return otherwise
    told = meaning(found[1])
    return found[1] if told is not None and not told.role else "unknown"


class Lines:
    """The lines of a text, of which each shape is looked at once."""

    def __init__(self) -> None:
        self.forms: list[Form] = []
        self._of_shape: dict[str, int] = {}
        self._named: dict[str, tuple[Span, ...]] = {}
        """Names with digits in the shapes that have some."""

    def read(self, text: str) -> tuple[list[str], NDArray[np.int64]]:
        r"""The lines (N,) as they are seen, and which of ``forms`` each has (N,), until more is read.

        They are seen without colours, and what was drawn over itself with ``\b`` one by one.
        """
        if len(self.forms) > MOST_SHAPES:
            self.forms, self._of_shape, self._named = [], {}, {}
        if "\b" in text:
            text = re.sub("\b+", "\n", text)
        if "\x1b" in text:
            text = _ESCAPES.sub("", text)
        lines, shapes = text.split("\n"), text.translate(_ONE_DIGIT).split("\n")
        if max(map(len, lines)) > LONGEST:
            lines, shapes = [each[-LONGEST:] for each in lines], [each[-LONGEST:] for each in shapes]
        if set(shapes) - self._of_shape.keys():
            for shape, line in dict(zip(shapes, lines, strict=True)).items():
                if shape not in self._of_shape:
                    self._learn(shape, line)
        which = np.fromiter(map(self._of_shape.__getitem__, shapes), np.int64, len(shapes))
        if self._named:
            for i in np.flatnonzero([shape in self._named for shape in shapes]).tolist():
                which[i] = self._by_names(shapes[i], lines[i])
        return lines, which

    def _learn(self, shape: str, line: str) -> None:
        form = form_of(line)
        self._of_shape[shape] = len(self.forms)
        self.forms.append(form)
        if form.named:
            self._named[shape] = form.named

    def _by_names(self, shape: str, line: str) -> int:
        """The form of a line by its shape and the digits in its names."""
        key = "\n".join((shape, *(line[start:end] for start, end in self._named[shape])))
        if key not in self._of_shape:
            self._of_shape[key] = len(self.forms)
            self.forms.append(form_of(line))
        return self._of_shape[key]
