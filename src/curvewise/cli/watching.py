"""What is shown while runs are watched: a live table, plain lines, or JSON lines."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Protocol, final

import msgspec
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from curvewise.cli.following import Following, News
from curvewise.cli.streams import PAPER, console, show, write_data
from curvewise.records import Verdict
from curvewise.report.diagnosed import Raised, seen
from curvewise.report.diagnosis_text import Lines, closing_line
from curvewise.report.glyphs import Glyphs, glyphs_for
from curvewise.report.numerals import count_text, duration_text
from curvewise.report.watched import Watched, news_line, watched_table

EVERY = 30.0
"""Seconds between lines where there is no terminal and nothing is found."""


class View(Protocol):
    """Shows how it stands, again and again."""

    def shown(self) -> AbstractContextManager[object]:
        """Entered while runs are watched."""
        ...

    def tell(self, following: Following, news: Sequence[News]) -> None:
        """This is how it stands, and this has become certain."""
        ...


@final
class JsonLines:
    """One JSON object in a line for each finding."""

    def shown(self) -> AbstractContextManager[object]:
        """Nothing to set up."""
        return nullcontext()

    def tell(self, following: Following, news: Sequence[News]) -> None:
        """Print what is news."""
        for each in news:
            moment = datetime.fromtimestamp(each.time).astimezone().isoformat(timespec="seconds")
            run = each.run
            raised = Raised(moment, run.name, run.source, run.unit, run.points, seen(each.finding, run))
            write_data(msgspec.json.encode(raised).decode() + "\n")
        sys.stdout.flush()


@final
class PlainLines:
    """Where there is no terminal: each run when it is first seen, each finding, and counts now and then."""

    def __init__(self) -> None:
        self._known: set[tuple[str, str]] = set()
        self._counted = time.monotonic()
        self._counts = ""

    def shown(self) -> AbstractContextManager[object]:
        """Nothing to set up."""
        return nullcontext()

    def tell(self, following: Following, news: Sequence[News]) -> None:
        """Print what has not been said."""
        lines = Lines.of([each.run for each in following.runs.values()], "", None)
        for key, each in following.runs.items():
            if key not in self._known:
                self._known.add(key)
                self._say(lines.line(each.run, each.growing.diagnosis))
        for found in news:
            self._say(news_line(found.run, found.finding, _clock(found.time)))
        counts = closing_line(_verdicts(following)).plain
        if time.monotonic() - self._counted >= EVERY and counts != self._counts:
            self._say(Text(f"{_clock(time.time())}  {counts}"))
            self._counted, self._counts = time.monotonic(), counts

    def _say(self, line: Text) -> None:
        line.no_wrap, line.overflow = True, "ignore"
        show(Group(line))
        sys.stdout.flush()


@final
class Table:
    """On a terminal: one table, redrawn in place; findings scroll by above it."""

    def __init__(self, screen: Console) -> None:
        self._screen = screen
        self._glyphs = glyphs_for(screen.encoding)
        self._live = Live(console=screen, auto_refresh=False)

    def shown(self) -> AbstractContextManager[object]:
        """The live display."""
        return self._live

    def tell(self, following: Following, news: Sequence[News]) -> None:
        """Print what is news and draw the table again."""
        for each in news:
            self._screen.print(news_line(each.run, each.finding, _clock(each.time)))
        size = self._screen.size
        self._live.update(_table(following, size.width, size.height - 1, self._glyphs), refresh=True)


@final
class Once:
    """The table and the findings as they are now."""

    def shown(self) -> AbstractContextManager[object]:
        """Nothing to set up."""
        return nullcontext()

    def tell(self, following: Following, news: Sequence[News]) -> None:
        """Print both; nothing where there is no run, which an error tells."""
        if not following.runs:
            return
        width = console(sys.stdout).width if sys.stdout.isatty() else PAPER
        show(_table(following, width, len(following.runs) + 2, glyphs_for(sys.stdout.encoding)))
        for each in news:
            show(Group(Text(), news_line(each.run, each.finding, _clock(each.time))))


def view(as_json: bool, once: bool) -> View:
    """The one that suits who is reading."""
    if as_json:
        return JsonLines()
    if once:
        return Once()
    screen = console(sys.stdout)
    return Table(screen) if screen.is_interactive else PlainLines()


def summary(following: Following, since: float) -> Text:
    """``3 runs: 1 with a problem, 2 healthy; 1 finding in 5 min 10 s``; ``since`` in seconds since 1970."""
    findings = sum(len(each.growing.findings) for each in following.runs.values())
    counts = closing_line(_verdicts(following)).plain
    return Text(f"{counts}; {count_text(findings, 'finding')} in {duration_text(time.time() - since)}")


def _table(following: Following, width: int, height: int, glyphs: Glyphs) -> RenderableType:
    now = time.time()
    known = following.runs.values()
    rows = [Watched(each.run, each.growing.diagnosis, max(0.0, now - each.changed)) for each in known]
    if not rows:
        return Text("nothing to read yet; waiting for a training log", style="dim")
    return watched_table(rows, width, height, glyphs, following.path)


def _verdicts(following: Following) -> Counter[Verdict]:
    return Counter(each.growing.diagnosis.verdict for each in following.runs.values())


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).strftime("%H:%M:%S")
