"""JSON files of any size, element by element, up to where they break off."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from curvewise.logs.opening import Source

LONGEST = 64 << 20
"""Characters of one element: a run of a million epochs as one list has about as many."""
_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


class _BrokenOff(Exception):
    """There is no more, or what is there is no JSON."""


class _Text:
    """The text of a file, of which only what is needed is held."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces, self._text, self._at, self.over = pieces, "", 0, False

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
        self._text, self._at = "".join(parts), 0

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
            if end < len(self._text) or (self.over and end == len(self._text)):
                self._at = end
                return value
            if self.over:
                raise _BrokenOff
            self._more()


def elements(source: Source) -> Iterator[tuple[str, object]]:
    """What a document holds at its top: ``(key, value)`` of an object, ``("", element)`` of a list.

    Lists at the top of an object are gone into: each of their elements comes as ``(key + "[]", element)``. So
    a history of a million rows is never held whole.
    """
    text = _Text(source.texts())
    try:
        if text.take("{[") == "[":
            for element in _list(text):
                yield "", element
            return
        while text.sign() != "}":
            key = text.value()
            text.take(":")
            if text.sign() == "[":
                text.take("[")
                for element in _list(text):
                    yield f"{key}[]", element
            else:
                yield str(key), text.value()
            if text.take(",}") == "}":
                return
    except _BrokenOff:
        source.damage.append("the JSON breaks off or is damaged: what comes before was read")


def _list(text: _Text) -> Iterator[object]:
    if text.sign() == "]":
        text.take("]")
        return
    while True:
        yield text.value()
        if text.take(",]") == "]":
            return
