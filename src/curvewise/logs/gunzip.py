"""Decompression that gives what it can: up to the byte at which an archive is cut off or damaged."""

from __future__ import annotations

import zlib
from typing import BinaryIO

MAGIC = b"\x1f\x8b"
GZIP = 31
"""zlib's ``wbits`` for a gzip header and the largest window."""
PIECE = 1 << 16
BOMB = 256 << 20
RATIO = 300
"""An archive of which more than ``BOMB`` bytes came out, and more than ``RATIO`` times what went in, is made
to fill memory or disk: text shrinks to a hundredth at most."""
CRUMB = 64
"""Bytes that are decompressed at a time where a piece is known to be damaged."""


class Gunzip:
    """A file decompressed from front to back; members that follow one another are read as one.

    Raises zlib.error where the data are damaged and EOFError where they are cut off, after everything before
    has been given.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._member = zlib.decompressobj(GZIP)
        self._waiting = b""
        self._step = PIECE
        self._begun = False
        self._in = self._out = 0

    def read(self, most: int) -> bytes:
        """At least one byte and at most so many; none at the end."""
        while True:
            if not self._waiting:
                self._waiting = self._file.read(PIECE)
                self._in += len(self._waiting)
            if not self._waiting:
                if self._begun and not self._member.eof:
                    raise EOFError("the compressed data are cut off")
                return b""
            if self._member.eof and not self._next_member():
                return b""
            if found := self._some(most):
                return found

    def _some(self, most: int) -> bytes:
        now, later = self._waiting[: self._step], self._waiting[self._step :]
        before = self._member.copy()
        try:
            found = self._member.decompress(now, most)
        except zlib.error:
            if self._step == 1:
                raise
            self._member, self._step = before, CRUMB if self._step > CRUMB else 1
            return b""
        self._begun = True
        self._out += len(found)
        if self._out > max(BOMB, RATIO * self._in):
            raise zlib.error(f"it unpacks to more than {RATIO} times its size")
        self._waiting = (self._member.unconsumed_tail or self._member.unused_data) + later
        return found

    def _next_member(self) -> bool:
        """Go on to the next member; what follows the last is padding."""
        self._waiting = self._waiting.lstrip(b"\0")
        if not self._waiting.startswith(MAGIC[: len(self._waiting)]) or not self._waiting:
            self._waiting = b""
            return False
        self._member, self._begun = zlib.decompressobj(GZIP), False
        return True
