"""Offline runs of Weights & Biases: ``run-ID.wandb`` (``wandb/proto/wandb_internal.proto``)."""

from __future__ import annotations

from collections.abc import Iterator

from curvewise.curves.run import Run
from curvewise.logs.columns import Columns
from curvewise.logs.leveldb_records import MAGIC, records
from curvewise.logs.opening import Source
from curvewise.logs.protobuf import BYTES, MalformedMessage, fields, text
from curvewise.logs.recording import Recording
from curvewise.logs.wandb_history import History, item

HISTORY, CONFIG, RUN = 2, 5, 17
"""Fields of a record."""
RUN_CONFIG, DISPLAY_NAME = 4, 8


def recognises(source: Source, head: bytes) -> bool:
    """Whether a file has W&B's first bytes."""
    return head.startswith(MAGIC)


def runs(source: Source, columns: Columns) -> Iterator[Run]:
    """The run of one file."""
    recording = Recording(columns)
    name, wrong = source.name, 0
    history = History(recording)
    for some in records(source):
        for record in some:
            try:
                for number, kind, at, until in fields(record, 0, len(record)):
                    if kind != BYTES:
                        continue
                    if number == HISTORY:
                        history.row(record, at, until)
                    elif number == CONFIG:
                        _config(recording, record, at, until)
                    elif number == RUN:
                        name = _run(recording, record, at, until) or name
            except MalformedMessage:
                wrong += 1
        history.record()
    if wrong:
        source.damage.append(f"{wrong:,} records could not be read")
    recording.say(source.damage)
    run = recording.run(name, source.shown)
    if run is not None:
        yield run


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
