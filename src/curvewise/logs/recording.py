"""What a reader found, collected by name and turned into a run."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from curvewise.curves.run import Run
from curvewise.logs.choosing import choose
from curvewise.logs.columns import GUESSED, Columns
from curvewise.logs.meanings import LONGEST, axis, meaning
from curvewise.logs.opening import Source
from curvewise.logs.safe_text import shown
from curvewise.logs.settings import setting
from curvewise.logs.track import Track
from curvewise.records import Value

MOST_NAMES = 200
"""Names that are kept track of: more have no log that people read."""
MOST_NOTES = 20
MOST_OPEN = 256
"""Runs whose rows may alternate; each holds at most some MB."""
Kind = Literal["step", "epoch", "value", "nothing"]
Column = tuple[NDArray[np.float64], NDArray[np.bool_]]
"""The numbers (N,) of N rows under one name, NaN where there is none, and where there are any (N,)."""


def column_of(found: Sequence[object]) -> Column:
    """A column of numbers (N,), None where there is none.

    Raises OverflowError where one is beyond every float.
    """
    values = np.array(found, np.float64)
    present = ~np.isnan(values)
    if not present.all() and found.count(None) < len(values) - present.sum():  # some are there and no numbers
        present[:] = [value is not None for value in found]
    return values, present


@dataclass(frozen=True)
class Alike:
    """K rows of a log with the same names."""

    places: NDArray[np.int64]
    """How manieth rows of the log they are (K,), ascending."""
    names: Collection[str]
    column: Callable[[str], Column]
    """The numbers (K,) under a name, and where there are any (K,)."""


class Recording:
    """One run while it is read: values by name, settings and notes."""

    def __init__(self, columns: Columns = GUESSED) -> None:
        self.columns = columns
        self.tracks: dict[str, Track] = {}
        self.settings: dict[str, Value] = {}
        self.notes: list[str] = []
        self._kinds: dict[str, Kind] = {}
        self._too_many = 0

    def wants(self, name: str) -> bool:
        """Whether values of this name are kept."""
        return self.kind(name) == "value" or (axis(name) == "epoch" and self.columns.x is None)

    def kind(self, name: str) -> Kind:
        """What a name is in a row of this run: its place, a value that is kept, or nothing."""
        found = self._kinds.get(name)
        if found is None:
            found = self._kind(name)
            if len(name) <= LONGEST and len(self._kinds) < 50 * MOST_NAMES:
                self._kinds[name] = found
        return found

    def _kind(self, name: str) -> Kind:
        columns, place = self.columns, axis(name)
        if name == columns.x:
            return "epoch" if place == "epoch" else "step"
        if name in columns.given:
            return "value"
        if place is not None:
            return place if columns.x is None else "nothing"
        return "value" if meaning(name) is not None else "nothing"

    def rows(self, groups: Sequence[Alike], numbered: bool) -> None:
        """Record groups of rows, N together, in the order in which they stand in the log.

        Of several steps of a row the greatest counts, of several epochs the last. Rows without step and epoch
        stand at their places in the log if they are ``numbered``, else nowhere.
        """
        places = np.sort(np.concatenate([np.zeros(0, np.int64), *(group.places for group in groups)]))
        of_each = [np.searchsorted(places, group.places) for group in groups]

        def read(name: str) -> Column:
            if len(groups) == 1:
                return groups[0].column(name)
            values, present = np.full(len(places), np.nan), np.zeros(len(places), np.bool_)
            for group, index in zip(groups, of_each, strict=True):
                if name in group.names:
                    values[index], present[index] = group.column(name)
            return values, present

        kinds = {name: self.kind(name) for group in groups for name in group.names}
        steps = epochs = np.full(len(places), np.nan)
        for name, kind in kinds.items():
            if kind == "step":
                steps = np.fmax(steps, read(name)[0])
            elif kind == "epoch":
                told, present = read(name)
                epochs = np.where(present, told, epochs)
        if numbered:
            steps = np.where(np.isnan(steps) & np.isnan(epochs), places, steps)
        for name, kind in kinds.items():
            if kind == "value":
                values, present = read(name)
                if present.any():
                    self.extend(name, values[present], steps[present], epochs[present])

    def extend(
        self, name: str, values: NDArray[np.float64], steps: NDArray[np.float64], epochs: NDArray[np.float64]
    ) -> None:
        """Record N values of one name at their places, NaN where there is none; all (N,)."""
        if name not in self.tracks and self.wants(name):
            if len(self.tracks) < MOST_NAMES:
                self.tracks[name] = Track(name)
            else:
                self._too_many += 1
        if name in self.tracks:
            self.tracks[name].extend(values, steps, epochs)

    def say(self, notes: Iterable[str]) -> None:
        """Add notes, each once."""
        for note in notes:
            if note not in self.notes and len(self.notes) < MOST_NOTES:
                self.notes.append(note)

    def set(self, found: Mapping[str, object]) -> None:
        """Add settings by the names that the log gives them; those that are not known are left out."""
        for name, value in found.items():
            known = setting(name, value)
            if known is not None:
                self.settings.setdefault(*known)

    def run(self, name: str, source: str) -> Run | None:
        """The run, or None where no loss and no error was recorded."""
        chosen = choose([track for track in self.tracks.values() if len(track.values)], self.columns)
        if chosen is None:
            return None
        if self._too_many:
            self.say([f"values under more than {MOST_NAMES} names were left out"])
        self.say(chosen.notes)
        return Run(shown(name), source, chosen.unit, chosen.series, self.settings, tuple(self.notes))


class RunsByName:
    """Many runs in one log, told apart by a name in each row.

    Those not heard of for long are finished, to bound the memory.
    """

    def __init__(self, columns: Columns = GUESSED, settings: Mapping[str, object] | None = None) -> None:
        self._columns, self._settings = columns, settings or {}
        self._open: OrderedDict[str, Recording] = OrderedDict()
        self._done: list[tuple[str, Recording]] = []

    def of(self, name: str) -> Recording:
        """The recording of the run of this name."""
        name = name.strip()
        if name not in self._open:
            self._open[name] = Recording(self._columns)
            self._open[name].set(self._settings)
            if len(self._open) > MOST_OPEN:
                self._done.append(self._open.popitem(last=False))
        self._open.move_to_end(name)
        return self._open[name]

    def finished(self, source: Source, notes: Sequence[str] = ()) -> Iterator[Run]:
        """Runs that had to be finished early, with these notes."""
        while self._done:
            name, recording = self._done.pop(0)
            recording.say(notes)
            run = recording.run(name or source.name, source.shown)
            if run is not None:
                yield run

    def all(self, source: Source, notes: Sequence[str]) -> Iterator[Run]:
        """What is left, each with these notes."""
        yield from self.finished(source)
        self._done += self._open.items()
        self._open.clear()
        yield from self.finished(source, notes)
