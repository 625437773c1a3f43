"""Many runs in one log, told apart by a name in each row."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence

from curvewise.curves.run import Run
from curvewise.logs.columns import GUESSED, Columns
from curvewise.logs.opening import Source
from curvewise.logs.recording import Recording

MOST_OPEN = 256
"""Runs whose rows may alternate; each holds at most some MB."""


class RunsByName:
    """The recordings of a log by name; those not heard of for long are finished, to bound the memory."""

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

    def finished(self, source: Source) -> Iterator[Run]:
        """Runs that had to be finished early."""
        for name, recording in self._done:
            yield from self._runs(name, recording, source, ())
        self._done.clear()

    def all(self, source: Source, notes: Sequence[str]) -> Iterator[Run]:
        """What is left, each with these notes."""
        yield from self.finished(source)
        for name, recording in self._open.items():
            yield from self._runs(name, recording, source, notes)
        self._open.clear()

    @staticmethod
    def _runs(name: str, recording: Recording, source: Source, notes: Sequence[str]) -> Iterator[Run]:
        recording.say(notes)
        run = recording.run(name or source.name, source.shown)
        if run is not None:
            yield run
