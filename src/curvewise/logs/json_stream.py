"""JSON files of any size, element by element, up to where they break off."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from curvewise.logs.json_rows import RowDecoder
from curvewise.logs.opening import Source

LONGEST = 64 << 20
"""Characters of one element: a run of a million epochs as one list has about as many."""
FEW = 4096
"""Characters below which elements are read one by one."""
INNER = 16
"""Objects, from the end of what is held, of which one has to be an element and not inside one."""
GAP = 200
"""Characters between two elements, most of them spaces."""
CUT = 2
"""Characters of a number that may be left over where it is cut off: ``1e-`` reads as 1."""
_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


class _BrokenOff(Exception):
    """There is no more, or what is there is no JSON."""


class _Text:
    """The text of a file, of which only what is needed is held."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces, self._text, self._at, self.over = pieces, "", 0, False
        self._decoder = RowDecoder()
        self._plain = True
        """Whether many elements may be read at once in what is held; it is tried once."""

    def _more(self) -> None:
        """Hold at least twice as much as is left, so that a long value is tried a few times only."""
        left = self._text[self._at :]
        parts, wanted = [left], 2 * len(left) + 1
        while wanted > 0 and not self.over:
            piece = next(self._pieces, None)
            self.over = piece is None or len(left) > LONGEST
            if piece is not None:
                parts.append(piece)
                wanted -= len(piece)
        self._text, self._at, self._plain = "".join(parts), 0, True

    def sign(self) -> str:
        """The next character that is no space, which stays."""
        while True:
            found = _SPACE.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if self.over:
                raise _BrokenOff
            self._more()

    def take(self, signs: str) -> str:
        """The next character, which must be one of these."""
        sign = self.sign()
        if sign not in signs:
            raise _BrokenOff
        self._at += 1
        return sign

    def many(self) -> list[object]:
        """The next elements of a list that are held whole and can be read at once; there may be none."""
        if not self._plain or len(self._text) - self._at < FEW:
            return []
        end = self._last_object() if self.sign() == "{" else self._last_number()
        found = self._decoder.elements(self._text[self._at : end]) if end > self._at else []
        self._plain = bool(found)
        self._at = end if found else self._at
        return found

    def _last_object(self) -> int:
        """Where the last object ends after which another follows in a list; 0 without any."""
        start = len(self._text)
        for _ in range(INNER):
            start = self._text.rfind("{", self._at, start)
            if start < 0:
                break
            begin = max(self._at, start - GAP)
            before = self._text[begin:start].rstrip()
            if before.endswith(",") and (before := before[:-1].rstrip()).endswith("}"):
                return begin + len(before)
        return 0

    def _last_number(self) -> int:
        """Where the last of plain values ends before the list does."""
        over = self._text.find("]", self._at)
        return over if over >= 0 else self._text.rfind(",", self._at)

    def value(self) -> object:
        """The next value, whole."""
        self.sign()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except RecursionError:
                raise _BrokenOff from None
            except ValueError:
                end = len(self._text) + 1
            if end + CUT < len(self._text) or (self.over and end <= len(self._text)):
                self._at = end
                return value
            if self.over:
                raise _BrokenOff
            self._more()


def elements(source: Source) -> Iterator[tuple[str, list[object]]]:
    """What a document holds at its top: ``(key, [value])`` of an object, ``("", elements)`` of a list.

    Lists at the top of an object are gone into: their elements come as ``(key + "[]", elements)``, some at a
    time. So a history of a million rows is never held whole.
    """
    text = _Text(source.texts())
    try:
        if text.take("{[") == "[":
            for some in _list(text):
                yield "", some
            return
        while text.sign() != "}":
            key = text.value()
            text.take(":")
            if text.sign() == "[":
                text.take("[")
                for some in _list(text):
                    yield f"{key}[]", some
            else:
                yield str(key), [text.value()]
            if text.take(",}") == "}":
                return
    except _BrokenOff:
        source.damage.append("the JSON breaks off or is damaged: what comes before was read")


def _list(text: _Text) -> Iterator[list[object]]:
    if text.sign() == "]":
        text.take("]")
        return
    while True:
        yield text.many() or [text.value()]
        if text.take(",]") == "]":
            return
