"""A log's bytes and lines, whatever became of them: compressed, cut off, in another encoding."""

from __future__ import annotations

import codecs
import io
import re
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from curvewise.logs.gunzip import MAGIC, Gunzip

HEAD = 65_536
"""Bytes that a format is recognised by."""
PIECE = 1 << 20
"""Bytes read at a time."""
MOST = 8 << 30
"""Bytes of one log that are read: what is more is a bomb, or nothing that anybody reads in a second."""
LONGEST_LINE = 32 << 20
"""Characters of a line: a run of a million epochs in one line of JSON has about as many."""

_NO_TEXT = re.compile("[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\ufffd]")

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass
class Source:
    """One log: where it is, what it is called, and what was wrong with it while it was read."""

    path: Path
    """The file that is read."""
    name: str
    """What its run is called, where the log does not say."""
    shown: str
    """Where it was found, as a message may show it."""
    damage: list[str] = field(default_factory=list)
    """What was lost, a sentence each."""
    known_by: str = ""
    """The file's own name, which for standard input is nothing."""

    def opened(self) -> BinaryIO:
        """The bytes from the start, decompressed; a stream that is damaged ends there and says so."""
        raw = open(self.path, "rb")  # noqa: SIM115 - closed by its reader
        packed = raw.read(len(MAGIC)) == MAGIC
        raw.seek(0)
        below = Gunzip(raw) if packed else raw
        return cast(BinaryIO, io.BufferedReader(_UpToDamage(below, self.damage, raw), PIECE))

    def head(self, size: int = HEAD) -> bytes:
        """The first bytes, decompressed."""
        with self.opened() as stream:
            found = stream.read(size)
        self.damage.clear()
        return found

    def texts(self) -> Iterator[str]:
        """The text in pieces of about a MB, line ends all ``\\n``, without NUL characters."""
        with self.opened() as stream:
            piece = stream.read(PIECE)
            newlines = io.IncrementalNewlineDecoder(_decoder(piece), translate=True)
            strange = 0
            while piece:
                text = newlines.decode(piece)
                strange += 0 if text.isascii() else text.count("�")
                yield text.replace("\0", "")
                piece = stream.read(PIECE)
            yield newlines.decode(b"", final=True).replace("\0", "")
        if strange:
            self.damage.append(f"{strange:,} bytes or characters are no UTF-8 text")

    def blocks(self) -> Iterator[str]:
        """Whole lines, about a MB at a time, without the last one's end; one that is too long is left out."""
        begun: list[str] = []
        length = 0
        for text in self.texts():
            end = text.rfind("\n")
            length += len(text)
            if end >= 0:
                block = "".join((*begun, text[:end]))
                yield block if length - len(text) <= LONGEST_LINE else block.partition("\n")[2]
                begun, length = [], len(text) - end - 1
            if length > LONGEST_LINE >= length - len(text):
                self.damage.append(f"a line of more than {LONGEST_LINE:,} characters was left out")
            if length <= LONGEST_LINE:
                begun.append(text[end + 1 :])
            else:
                begun.clear()
        if begun and length:
            yield "".join(begun)


def head_text(head: bytes) -> str:
    """The text of a file's first bytes, to recognise it by."""
    return _decoder(head).decode(head).replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")


def is_text(head: bytes) -> bool:
    """Whether bytes are text for the most part: one character in twenty may be none, or control something."""
    text = head_text(head)
    return 20 * len(_NO_TEXT.findall(text)) <= len(text)


def _decoder(head: bytes) -> codecs.IncrementalDecoder:
    named = next((name for mark, name in BYTE_ORDER_MARKS if head.startswith(mark)), "utf-8")
    return codecs.getincrementaldecoder(named)(errors="replace")


def spooled() -> Path:
    """Standard input as a temporary file, which the caller removes."""
    import shutil
    import tempfile  # both load slowly, and are needed for this only

    with tempfile.NamedTemporaryFile(prefix="curvewise-", delete=False) as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
    return Path(file.name)


class _UpToDamage(io.RawIOBase):
    """A stream that ends where the one below it breaks, or after ``MOST`` bytes."""

    def __init__(self, below: BinaryIO | Gunzip, damage: list[str], file: BinaryIO) -> None:
        self._below, self._damage, self._file, self._read = below, damage, file, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        room = min(len(buffer), MOST - self._read)
        if room <= 0:
            self._damage.append(f"what follows the first {MOST:,} bytes was not read")
            return 0
        try:
            found = self._below.read(room)
        except (OSError, EOFError, zlib.error) as error:
            self._damage.append(f"it breaks off after {self._read:,} bytes ({error})")
            return 0
        buffer[: len(found)] = found
        self._read += len(found)
        return len(found)

    def close(self) -> None:
        self._file.close()
        super().close()
