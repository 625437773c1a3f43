"""Any training log, or a folder of them, as runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from curvewise.curves.run import Run
from curvewise.errors import LogError
from curvewise.logs import delimited
from curvewise.logs.columns import GUESSED, Columns
from curvewise.logs.opening import Source, spooled
from curvewise.logs.safe_text import shown


@dataclass(frozen=True)
class Format:
    """One format: how it is known, and how it is read."""

    name: str
    recognises: Callable[[Source, bytes], bool]
    runs: Callable[[Source, Columns], Iterator[Run]]


FORMATS = (Format("a table", delimited.recognises, delimited.runs),)
"""In the order in which they are tried: those that are known by their first bytes first."""


def read(paths: Sequence[str], columns: Columns | None = None) -> Iterator[Run]:
    """The runs in files and folders, one after another; ``-`` is standard input."""
    for path in paths:
        if path == "-":
            kept = spooled()
            try:
                yield from _file(Source(kept, "standard input", "-"), columns or GUESSED)
            finally:
                kept.unlink()
        else:
            found = Path(path)
            yield from _file(Source(found, found.stem, shown(path), known_by=found.name), columns or GUESSED)


def _file(source: Source, columns: Columns) -> Iterator[Run]:
    head = source.head()
    for form in FORMATS:
        if form.recognises(source, head):
            yield from form.runs(source, columns)
            return
    raise LogError(f"{source.shown}: no training log")
