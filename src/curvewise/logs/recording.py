"""What a reader found, collected by name and turned into a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from curvewise.curves.run import Run
from curvewise.logs.choosing import choose
from curvewise.logs.columns import GUESSED, Columns
from curvewise.logs.meanings import LONGEST, axis, meaning
from curvewise.logs.safe_text import shown
from curvewise.logs.settings import setting
from curvewise.logs.track import Track
from curvewise.records import Value

MOST_NAMES = 200
"""Names that are kept track of: more have no log that people read."""
MOST_NOTES = 20
Kind = Literal["step", "epoch", "value", "nothing"]
Column = tuple[NDArray[np.float64], NDArray[np.bool_]]
"""The numbers (N,) of N rows under one name, NaN where there is none, and where there are any (N,)."""


def column_of(found: Sequence[float | None]) -> Column:
    """A column of numbers (N,), None where there is none."""
    present = np.array([value is not None for value in found], np.bool_)
    return np.array(found, np.float64), present


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

    def track(self, name: str) -> Track | None:
        """Where values of a name go; None where they are not wanted."""
        track = self.tracks.get(name)
        if track is None and self.wants(name):
            if len(self.tracks) >= MOST_NAMES:
                self._too_many += 1
                return None
            track = self.tracks[name] = Track(name)
        return track

    def row(self, row: Mapping[str, float], number: float = np.nan) -> None:
        """Record what one row holds: places and values together. ``number`` stands in for a missing step."""
        step, epoch = self.placed(row)
        if step != step and epoch != epoch:  # noqa: PLR0124 - NaN, at each of a million rows
            step = number
        kinds, tracks = self._kinds, self.tracks
        for name, value in row.items():
            if (kinds.get(name) or self.kind(name)) == "value":
                track = tracks.get(name) or self.track(name)
                if track is not None:
                    track.add(value, step, epoch)

    def placed(self, row: Mapping[str, float]) -> tuple[float, float]:
        """The step and the epoch of a row, NaN where it has none; of several steps the greatest."""
        step = epoch = np.nan
        kinds = self._kinds
        for name, value in row.items():
            kind = kinds.get(name) or self.kind(name)
            if kind == "epoch":
                epoch = value
            elif kind == "step" and (value > step or step != step):  # noqa: PLR0124 - NaN
                step = value
        return step, epoch

    def rows(self, names: Iterable[str], read: Callable[[str], Column], numbers: NDArray[np.float64]) -> None:
        """Record N rows, column by column, which ``read`` gives for a name.

        ``numbers`` (N,) stand in for the step of a row that has neither step nor epoch.
        """
        kinds = {name: self.kind(name) for name in names}
        steps = epochs = np.full(len(numbers), np.nan)
        for name, kind in kinds.items():
            if kind == "step":
                steps = np.fmax(steps, read(name)[0])
            elif kind == "epoch":
                told, present = read(name)
                epochs = np.where(present, told, epochs)
        steps = np.where(np.isnan(steps) & np.isnan(epochs), numbers, steps)
        for name, kind in kinds.items():
            if kind == "value":
                values, present = read(name)
                if present.all():
                    self.extend(name, values, steps, epochs)
                elif present.any():
                    self.extend(name, values[present], steps[present], epochs[present])

    def extend(
        self, name: str, values: NDArray[np.float64], steps: NDArray[np.float64], epochs: NDArray[np.float64]
    ) -> None:
        """Record many values of one name at their places, NaN where there is none."""
        track = self.track(name)
        if track is not None:
            track.extend(values, steps, epochs)

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
        for track in self.tracks.values():
            track.settle()
        chosen = choose([track for track in self.tracks.values() if len(track.values)], self.columns)
        if chosen is None:
            return None
        if self._too_many:
            self.say([f"values under more than {MOST_NAMES} names were left out"])
        self.say(chosen.notes)
        return Run(shown(name), source, chosen.unit, chosen.series, self.settings, tuple(self.notes))
