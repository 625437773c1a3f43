"""Reading again what has grown, within a small share of the time, and raising what has become certain."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import final

from curvewise.cli.changes import Changes
from curvewise.cli.paths import runs_at
from curvewise.curves.run import Run, Series
from curvewise.diagnosis.certainty import Growing
from curvewise.logs.columns import Columns
from curvewise.records import Finding
from curvewise.report.diagnosed import Unreadable

SHARE = 0.03
"""Of one core, at most, for looking and reading: a log that takes 30 ms to read is read every second."""
SOONEST = 1.0
"""Seconds between polls at least."""
QUIET = 120.0
"""Seconds without a change after which a run is taken to have ended, until it changes again. Epochs that take
longer are diagnosed as if each were the last; what is said then is said once."""


@dataclass
class Followed:
    """One run and what is known of it."""

    run: Run
    growing: Growing
    changed: float = 0.0
    """When its files were last written, in seconds since 1970."""
    settled: bool = False


@dataclass(frozen=True)
class News:
    """A finding that has become certain."""

    run: Run
    finding: Finding
    time: float
    """Seconds since 1970."""


@final
class Following:
    """The runs at one path, as they grow."""

    def __init__(
        self,
        path: str,
        columns: Columns | None = None,
        clock: Callable[[], float] = time.time,
        spent: Callable[[], float] = time.process_time,
    ) -> None:
        self.runs: dict[tuple[str, str], Followed] = {}
        """By source and name, in the order in which they were found."""
        self.unreadable: list[Unreadable] = []
        """What could not be read at the last full reading."""
        self.path, self._columns = path, columns
        self._clock, self._spent = clock, spent
        self._changes = Changes(path)
        self._waiting: dict[str, None] = {}
        """Sources to read again, those that have waited longest first."""
        self._due = 0.0

    def look(self) -> list[News]:
        """Poll, read what has changed as far as there is time, and return what is news.

        The first call reads everything. Later ones do nothing before their time, at whatever pace.
        """
        now = self._clock()
        if now < self._due:
            return []
        began = self._spent()
        for path in sorted(self._changes.poll()):
            self._waiting.setdefault(self._source_of(path))
        news: list[News] = []
        while self._waiting:
            source = next(iter(self._waiting))
            del self._waiting[source]
            news += self._read(source)
            if self._spent() - began >= SHARE * SOONEST:
                break  # the others have their turn at the next look
        news += self._settle(now)
        self._due = now + max(SOONEST, (self._spent() - began) / SHARE)
        return news

    def settle(self) -> list[News]:
        """Nothing more is expected: whatever has been found and not been told yet."""
        return [
            news
            for each in self.runs.values()
            for news in self._news(each.run, each.growing.settle(each.run))
        ]

    def _source_of(self, path: str) -> str:
        """The run's source that a file belongs to; the whole path where it belongs to none."""
        for source, _ in self.runs:
            if path == source or path.startswith(os.path.join(source, "")):
                return source
        return self.path

    def _read(self, source: str) -> list[News]:
        if source != self.path and not os.path.exists(source):
            self._forget(source)
            return []
        found = list(runs_at([source], self._columns))
        runs = [each for each in found if isinstance(each, Run)]
        if source == self.path:
            self.unreadable = [each for each in found if isinstance(each, Unreadable)]
            for gone in {known for known, _ in self.runs} - {run.source for run in runs}:
                self._forget(gone)
        return [news for run in self._named(source, runs) for news in self._take(run)]

    def _named(self, source: str, runs: list[Run]) -> list[Run]:
        """Runs called as they were when everything was read: alone they may be called otherwise."""
        known = [key for key in self.runs if key[0] == source]
        if source == self.path or len(known) != len(runs):
            return runs
        return [replace(run, source=key[0], name=key[1]) for key, run in zip(known, runs, strict=True)]

    def _take(self, run: Run) -> list[News]:
        """A run as it is now."""
        key = run.source, run.name
        known = self.runs.get(key)
        if known is not None and _as_before(known.run, run):
            return []
        if known is None or _anew(known.run, run):
            known = self.runs[key] = Followed(run, Growing(run))
        known.run, known.settled = run, False
        known.changed = self._changes.modified(run.source)
        return self._news(run, known.growing.look(run))

    def _settle(self, now: float) -> list[News]:
        news: list[News] = []
        for each in self.runs.values():
            if not each.settled and now - each.changed >= QUIET:
                news += self._ended(each)
        return news

    def _ended(self, each: Followed) -> list[News]:
        each.settled = True
        return self._news(each.run, each.growing.settle(each.run))

    def _forget(self, source: str) -> None:
        self.runs = {key: each for key, each in self.runs.items() if key[0] != source}

    def _news(self, run: Run, findings: Iterable[Finding]) -> list[News]:
        return [News(run, finding, self._clock()) for finding in findings]


def _end(run: Run) -> float:
    return max((float(series.at[-1]) for series in run.series.values() if len(series)), default=0.0)


def _as_before(old: Run, new: Run) -> bool:
    """Nothing was added."""
    return old.points == new.points and _end(old) == _end(new) and not _anew(old, new)


def _anew(old: Run, new: Run) -> bool:
    """Another run in the same place: it begins otherwise, or is much shorter.

    A file that is written anew with every epoch is the same run, so its identity on disk says nothing.
    """
    shared = old.series.keys() & new.series.keys()
    return _end(new) < _end(old) / 2 or any(_first(old.series[n]) != _first(new.series[n]) for n in shared)


def _first(series: Series) -> tuple[str, str] | None:
    """Where it begins, and with what; as text, for NaN is not NaN."""
    return (str(series.at[0]), str(series.values[0])) if len(series) else None
