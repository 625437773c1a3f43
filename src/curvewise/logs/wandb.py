"""Offline runs of Weights & Biases: ``run-ID.wandb`` (``wandb/proto/wandb_internal.proto``)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from curvewise.curves.run import Run
from curvewise.logs.columns import Columns
from curvewise.logs.leveldb_records import MAGIC, records
from curvewise.logs.opening import Source
from curvewise.logs.protobuf import BYTES, MalformedMessage, fields, text
from curvewise.logs.protobuf_columns import BEHIND, parts
from curvewise.logs.recording import Recording
from curvewise.logs.wandb_history import History
from curvewise.logs.wandb_items import item

HISTORY, CONFIG, RUN = 2, 5, 17
"""Fields of a record."""
RUN_CONFIG, DISPLAY_NAME = 4, 8


def recognises(source: Source, head: bytes) -> bool:
    """Whether a file has W&B's first bytes."""
    return head.startswith(MAGIC)


def runs(source: Source, columns: Columns) -> Iterator[Run]:
    """The run of one file."""
    reader = _Reader(Recording(columns), source.name)
    for some in records(source):
        reader.read(some)
    if reader.wrong:
        source.damage.append(f"{reader.wrong:,} records could not be read")
    reader.recording.say(source.damage)
    run = reader.recording.run(reader.name, source.shown)
    if run is not None:
        yield run


@dataclass
class _Reader:
    """What the records of a file told so far."""

    recording: Recording
    name: str
    wrong: int = 0
    """Records that could not be read."""

    def __post_init__(self) -> None:
        self._history = History(self.recording)

    def read(self, some: Sequence[bytes]) -> None:
        """Read some records: rows of the history together, all others one by one."""
        data = b"".join((*some, BEHIND))
        ends = np.cumsum(list(map(len, some)))
        found, single = parts(np.frombuffer(data, np.uint8), np.append(0, ends[:-1]), ends)
        single[found.message[(found.number == CONFIG) | (found.number == RUN)]] = True
        rows = found.of((found.number == HISTORY) & ~single[found.message])
        single[self._history.rows(data, rows)] = True
        for number in np.flatnonzero(single).tolist():
            try:
                self._record(number, some[number])
            except MalformedMessage:
                self.wrong += 1
        self._history.record(len(some))

    def _record(self, row: int, data: bytes) -> None:
        for number, kind, at, until in fields(data, 0, len(data)):
            if kind != BYTES:
                continue
            if number == HISTORY:
                self._history.row(row, data, at, until)
            elif number == CONFIG:
                _config(self.recording, data, at, until)
            elif number == RUN:
                self.name = _run(self.recording, data, at, until) or self.name


def _config(recording: Recording, data: bytes, start: int, end: int) -> None:
    for number, kind, at, until in fields(data, start, end):
        if number == 1 and kind == BYTES:
            name, value = item(data, at, until)
            recording.set({name: value} if not isinstance(value, dict) else {**value, name: value})


def _run(recording: Recording, data: bytes, start: int, end: int) -> str:
    name = ""
    for number, kind, at, until in fields(data, start, end):
        if number == RUN_CONFIG and kind == BYTES:
            _config(recording, data, at, until)
        elif number == DISPLAY_NAME and kind == BYTES:
            name = text(data, at, until)
    return name
