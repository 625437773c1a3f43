"""Reading again what has grown, within a small share of the time, and raising what has become certain."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

from curvewise.cli.changes import Changes
from curvewise.cli.paths import runs_at
from curvewise.curves.run import Run, Series
from curvewise.diagnosis.certainty import Growing
from curvewise.logs.columns import Columns
from curvewise.records import Finding
from curvewise.report.diagnosed import Unreadable

SOONEST = 1.0
"""Seconds between polls, and between readings of one log, at least."""
SLOW = 0.1
"""Processor seconds that a reading takes, from which it waits apart: nothing else is to wait for it."""
SHARE_OF_POLLING, SHARES = 0.01, {False: 0.02, True: 0.01}
"""Of one core, at most, for polling, for what is quick to read and for what is slow: 4 % together. A log that
takes 20 ms to read is read every second."""
EVENTS = "tfevents"
"""In the names of files several of which may be one run."""
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
        self.path, self._columns = str(Path(path)), columns
        self._clock, self._spent = clock, spent
        self._changes = Changes(self.path)
        self._waiting: dict[str, None] = {}
        """Sources to read again, those that have waited longest first."""
        self._costs: dict[str, float] = {}
        """Processor seconds of each source's last reading."""
        self._first = True
        self._poll_due = 0.0
        self._read_due = {False: 0.0, True: 0.0}
        """When what is quick to read may be read again, and what is slow."""

    def look(self) -> list[News]:
        """Poll, read what has changed as far as there is time, and return what is news.

        The first call reads everything. Later ones do nothing before their time, at whatever pace.
        """
        now = self._clock()
        if now < self._poll_due:
            return []
        began = self._spent()
        changed = self._changes.poll()
        self._poll_due = now + max(SOONEST, (self._spent() - began) / SHARE_OF_POLLING)
        for path in sorted(changed):
            self._waiting.setdefault(self._source_of(path))
        news = self._turn(now, slow=False) + self._turn(now, slow=True)
        if self._first:
            self._first, self._read_due = False, {False: 0.0, True: 0.0}  # what was asked for is no overhead
            self._costs |= {source: 0.0 for source, _ in self.runs if source != self.path}
        return news + self._settle(now)

    def _turn(self, now: float, slow: bool) -> list[News]:
        """Read what is quick to read, or what is slow, within its share of the time."""
        if now < self._read_due[slow]:
            return []
        news: list[News] = []
        spent = {False: 0.0, True: 0.0}
        waiting = [each for each in self._waiting if (self._costs.get(each, 0.0) >= SLOW) == slow]
        for source in sorted(waiting, key=self._costs.__contains__):  # what is new first
            del self._waiting[source]
            began = self._spent()
            news += self._read(source)
            cost = self._costs[source] = self._spent() - began
            spent[cost >= SLOW] += cost
            if sum(spent.values()) >= SHARES[slow] * SOONEST:
                break  # the others have their turn later
        for lane, seconds in spent.items():
            if seconds:
                self._read_due[lane] = now + max(SOONEST, seconds / SHARES[lane])
        return news

    def settle(self) -> list[News]:
        """Nothing more is expected: whatever has been found and not been told yet."""
        return [
            news
            for each in self.runs.values()
            for news in self._news(each.run, each.growing.settle(each.run))
        ]

    def _source_of(self, path: str) -> str:
        """What to read when a file has changed: its run, else as little as may hold a whole one.

        That is the highest folder around it in which nothing was found yet; failing that its own folder,
        whose runs it may be a part of, or itself where that is the whole path.
        """
        known = {source for source, _ in self.runs}
        if not known or not os.path.isdir(self.path):
            return self.path
        for source in known:
            if path == source or path.startswith(os.path.join(source, "")):
                return source
        folder, top = Path(path).parent, Path(self.path)
        for around in reversed([folder, *folder.parents]):
            below = os.path.join(around, "")
            if top in around.parents and not any(source.startswith(below) for source in known):
                return str(around)
        return path if folder == top and EVENTS not in path else str(folder)

    def _read(self, source: str) -> list[News]:
        """Take what is found at a source."""
        found = list(runs_at([source], self._columns)) if os.path.exists(source) else []
        if source == self.path:
            self.unreadable = [each for each in found if isinstance(each, Unreadable)]
        by_source: dict[str, list[Run]] = {}
        for run in found:
            if isinstance(run, Run):
                by_source.setdefault(run.source, []).append(run)
        news = [
            one for runs in by_source.values() for run in self._named(runs) for one in self._take(run, source)
        ]
        for known in {known for known, _ in self.runs} - by_source.keys():
            here = known == source or known.startswith(os.path.join(source, ""))
            if here and not os.path.exists(known):
                self.runs = {key: each for key, each in self.runs.items() if key[0] != known}
        return news

    def _named(self, runs: list[Run]) -> list[Run]:
        """The runs of one source, called as before: read alone they may be called otherwise."""
        source = runs[0].source
        known = [name for place, name in self.runs if place == source]
        if len(known) == len(runs):
            return [replace(run, name=name) for name, run in zip(known, runs, strict=True)]
        for gone in set(known) - {run.name for run in runs}:
            del self.runs[source, gone]
        return runs

    def _take(self, run: Run, place: str) -> list[News]:
        """A run as it is now; ``place`` is what was read."""
        key = run.source, run.name
        known = self.runs.get(key)
        if known is not None and _as_before(known.run, run):
            return []
        if known is None or _anew(known.run, run):
            known = self.runs[key] = Followed(run, Growing(run))
        known.run, known.settled = run, False
        known.changed = self._changes.modified(run.source) or self._changes.modified(place)
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
