"""What a reader found, collected by name and turned into a run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from curvewise.curves.run import Run
from curvewise.logs.choosing import choose
from curvewise.logs.columns import GUESSED, Columns
from curvewise.logs.meanings import axis, meaning
from curvewise.logs.safe_text import shown
from curvewise.logs.settings import setting
from curvewise.logs.track import Track
from curvewise.records import Value

MOST_NAMES = 200
"""Names that are kept track of: more have no log that people read."""
MOST_NOTES = 20


class Recording:
    """One run while it is read: values by name, settings and notes."""

    def __init__(self, columns: Columns = GUESSED) -> None:
        self.columns = columns
        self.tracks: dict[str, Track] = {}
        self.settings: dict[str, Value] = {}
        self.notes: list[str] = []
        self._wanted: dict[str, bool] = {}
        self._too_many = 0

    def wants(self, name: str) -> bool:
        """Whether values of this name are kept."""
        wanted = self._wanted.get(name)
        if wanted is None:
            wanted = name in self.columns.given or meaning(name) is not None or axis(name) == "epoch"
            if len(self._wanted) < 50 * MOST_NAMES:
                self._wanted[name] = wanted
        return wanted

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
        if math.isnan(step) and math.isnan(epoch):
            step = number
        for name, value in row.items():
            if axis(name) is None and name != self.columns.x:
                track = self.track(name)
                if track is not None:
                    track.add(value, step, epoch)

    def placed(self, row: Mapping[str, float]) -> tuple[float, float]:
        """The step and the epoch of a row, NaN where it has none."""
        step = epoch = np.nan
        given = self.columns.x
        if given is not None and given in row:
            return (np.nan, row[given]) if axis(given) == "epoch" else (row[given], np.nan)
        for name, value in row.items():
            kind = axis(name)
            if kind == "epoch":
                epoch = value
            elif kind == "step" and not (step > value):
                step = value
        return step, epoch

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
