r"""What a printed line says: names and numbers, and where it stands.

Training loops print the same line again and again with other numbers. So a line that was understood is made
into a pattern, in which only digits may differ, and lines that match it are read off its groups.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from curvewise.logs.long_form import side, sided
from curvewise.logs.meanings import axis, meaning

LONGEST = 4096
"""Characters of a line that are looked at, from its end: bars that no line end parts are far longer."""
MOST_FORMS = 64
"""Patterns that are kept, and tried: bars of 30 places have as many."""
MOST_SHAPES = 4096
"""Lines without their digits that are remembered: a form is worth a pattern when it comes again."""
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
    rf"(?<![A-Za-z0-9_/.\-])((?:(?:train|training|val|valid|validation|test|eval)[ \t]+)?{_NAME})['\"]?"
    r"(?:[ \t]{0,3}[:=][ \t]{0,8}|[ \t]{1,8})['\"]?"
    r"([+-]?(?:\d{1,20}\.?\d{0,20}(?:[eE][+-]?\d{1,4})?|nan|inf)\b)%?",
    re.IGNORECASE,
)
_PIECE = re.compile("[0-9]+|[^0-9]")
_WITHOUT_DIGITS = str.maketrans("", "", "0123456789")
Span = tuple[int, int]
Numbers = Sequence[str]
"""The numbers of a line as they are written, in the order of its form's ``spans``."""


@dataclass(frozen=True, eq=False)
class Form:
    """What lines of one form say; numbers are told as places in ``spans``."""

    spans: tuple[Span, ...]
    """Where the numbers stand that matter, from left to right."""
    names: tuple[Span, ...]
    """Where names stand, whose digits are no numbers."""
    epoch: int | None = None
    """The number of the epoch that this line begins, or is part of."""
    part: bool = False
    """It is a row of its own within an epoch."""
    placed: bool = False
    """It says where it stands."""
    values: Mapping[str, int] = field(default_factory=dict)
    """The numbers under names that mean something."""
    places: Mapping[str, int] = field(default_factory=dict)
    """Those and the places of the line, where it stands for itself."""

    @cached_property
    def means(self) -> bool:
        """Whether it says anything but places."""
        return any(meaning(name) for name in self.places)


def form_of(line: str) -> Form:
    """The form of a line.

    A side said once holds for the rest of the line: ``val Loss: 0.5 Acc: 0.75``.
    """
    begun = _EPOCH.search(line) or _EPOCH_ALONE.match(line)
    values: dict[str, Span] = {}
    names: list[Span] = []
    before = ""
    for pair in _PAIR.finditer(line) if _VALUE.search(line) else ():
        name = pair.group(1)
        names.append(pair.span(1))
        if meaning(name) or axis(name):
            parts = name.split()
            before = side(parts[0]) if len(parts) > 1 else before
            called = "_".join(parts) if len(parts) > 1 else sided([name], before)[name]
            values[called] = pair.span(2)
    if "train_runtime" in line:  # Transformers' last row: means over the whole run
        values = {}
    stands = {found.group(1).lower(): found.span(2) for found in reversed([*_PLACE.finditer(line)])}
    places = {**stands, **values} if values else {}
    spans = sorted({*places.values(), *([begun.span(1)] if begun else [])})
    return Form(
        tuple(spans),
        tuple(names),
        spans.index(begun.span(1)) if begun else None,
        _PART.search(line) is not None,
        bool(stands),
        {name: spans.index(span) for name, span in values.items()},
        {name: spans.index(span) for name, span in places.items()},
    )


def pattern(line: str, form: Form) -> re.Pattern[str] | None:
    """What lines match that are of a line's form: they differ from it in digits only, none of them in names.

    Its groups are ``form.spans``. None where numbers overlap.
    """
    if any(first[1] > second[0] for first, second in pairwise(form.spans)):
        return None
    opens, closes = {start for start, _ in form.spans}, {end for _, end in form.spans}
    inside = {at for start, end in form.names for at in range(start, end)}
    parts: list[str] = []
    for piece in _PIECE.finditer(line):
        start, end = piece.span()
        if any(at in opens or at in closes for at in range(start + 1, end)):
            return None
        parts.append(")" * (start in closes) + "(" * (start in opens))
        parts.append(
            re.escape(piece[0]) if start in inside or not piece[0].isdigit() else _as_many(end - start)
        )
    return re.compile("".join(parts) + ")" * (len(line) in closes) + "\n")


def _as_many(digits: int) -> str:
    """So many digits, or others of which the expressions above say the same: they tell 4 and 9 apart."""
    least, most = next(((a, b) for a, b in ((1, 4), (5, 9)) if a <= digits <= b), (digits, digits))
    return f"[0-9]{{{least},{most}}}"


class Lines:
    """The lines of a text, each read by the form of an earlier one where it has that."""

    def __init__(self) -> None:
        self._forms: list[tuple[re.Pattern[str], Form]] = []
        self._shapes: set[int] = set()

    def read(self, lines: Sequence[str]) -> Iterator[tuple[Form, list[Numbers]]]:
        """The lines in their order, those of one form together: their numbers as they are written."""
        text, at = "\n".join(lines) + "\n", 0
        while at < len(text):
            for i, (wanted, form) in enumerate(self._forms):
                if found := wanted.match(text, at):
                    self._forms.insert(0, self._forms.pop(i))
                    numbers: list[Numbers] = []
                    while found:
                        numbers.append(found.groups())
                        at = found.end()
                        found = wanted.match(text, at)
                    yield form, numbers
                    break
            else:
                line = text[at : (at := text.index("\n", at) + 1) - 1]
                form = form_of(line)
                self._learn(line, form)
                yield form, [[line[start:end] for start, end in form.spans]]

    def _learn(self, line: str, form: Form) -> None:
        shape = hash(line.translate(_WITHOUT_DIGITS))
        if shape not in self._shapes:
            if len(self._shapes) < MOST_SHAPES:
                self._shapes.add(shape)
        elif (wanted := pattern(line, form)) is not None:
            self._forms.insert(0, (wanted, form))
            del self._forms[MOST_FORMS:]


def segments(lines: list[str]) -> list[str]:
    r"""Lines as they are seen: without colours, and what was drawn over itself with ``\b`` one by one."""
    text = "\n".join(lines)
    if "\b" in text:
        lines = [drawn for line in lines for drawn in re.split("\b+", line[-LONGEST:])]
    if "\x1b" in text:
        lines = [_ESCAPES.sub("", line[-LONGEST:]) for line in lines]
    if "[" in text:
        lines = [_named(line) for line in lines]
    return [line[-LONGEST:] for line in lines if line]


def _named(line: str) -> str:
    """The line with its number in front called an epoch, where it names no place itself."""
    found = _NUMBERED.match(line)
    if found is None or _PLACE.search(line, 0, LONGEST) or _EPOCH.search(line, 0, LONGEST):
        return line
    return f"epoch {found[1]} {line[found.end() :]}"
