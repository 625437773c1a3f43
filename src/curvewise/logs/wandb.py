"""Offline runs of Weights & Biases: ``run-ID.wandb`` (``wandb/proto/wandb_internal.proto``)."""

from __future__ import annotations

import math
from collections.abc import Iterator

from curvewise.curves.run import Run
from curvewise.logs.columns import Columns
from curvewise.logs.json_values import flat, loaded, numbers
from curvewise.logs.leveldb_records import MAGIC, records
from curvewise.logs.opening import Source
from curvewise.logs.protobuf import BYTES, EIGHT, VARINT, MalformedMessage, double, fields, signed, text
from curvewise.logs.recording import Recording

HISTORY, CONFIG, RUN = 2, 5, 17
"""Fields of a record."""
RUN_CONFIG, DISPLAY_NAME = 4, 8
KEY, NESTED_KEY, INTEGER, NUMBER, VALUE_JSON = 1, 2, 5, 6, 16
"""Fields of an item of history or configuration."""


def recognises(source: Source, head: bytes) -> bool:
    """Whether a file has W&B's first bytes."""
    return head.startswith(MAGIC)


def runs(source: Source, columns: Columns) -> Iterator[Run]:
    """The run of one file."""
    recording = Recording(columns)
    name, wrong = source.name, 0
    for record in records(source):
        try:
            for number, kind, at, until in fields(record, 0, len(record)):
                if kind != BYTES:
                    continue
                if number == HISTORY:
                    _history(recording, record, at, until)
                elif number == CONFIG:
                    _config(recording, record, at, until)
                elif number == RUN:
                    name = _run(recording, record, at, until) or name
        except MalformedMessage:
            wrong += 1
    if wrong:
        source.damage.append(f"{wrong:,} records could not be read")
    recording.say(source.damage)
    run = recording.run(name, source.shown)
    if run is not None:
        yield run


def _history(recording: Recording, data: bytes, start: int, end: int) -> None:
    """One row: ``_step`` counts calls of ``log``; a step that the training loop logs is preferred."""
    row: dict[str, float] = {}
    counted = math.nan
    for number, kind, at, until in fields(data, start, end):
        if number != 1 or kind != BYTES:
            continue
        name, value = _item(data, at, until)
        if isinstance(value, dict):
            row.update(numbers(flat({f"{name}/{key}": each for key, each in value.items()})))
        elif isinstance(value, float) and name == "_step":
            counted = value
        elif isinstance(value, float):
            row[name] = value
    if math.isnan(recording.placed(row)[0]):
        row["step"] = counted
    recording.row(row)


def _item(data: bytes, start: int, end: int) -> tuple[str, object]:
    """The name and the value of an item; numbers as floats."""
    key: list[str] = []
    found: object = None
    for number, kind, at, until in fields(data, start, end):
        if number in (KEY, NESTED_KEY) and kind == BYTES and until > at and len(key) < 8:
            key.append(text(data, at, until))
        elif number == INTEGER and kind == VARINT:
            found = float(signed(at))
        elif number == NUMBER and kind == EIGHT:
            found = double(data, at)
        elif number == VALUE_JSON and kind == BYTES:
            try:
                found = float(data[at:until])
            except ValueError:
                found = loaded(text(data, at, until))
    return "/".join(key), found


def _config(recording: Recording, data: bytes, start: int, end: int) -> None:
    for number, kind, at, until in fields(data, start, end):
        if number == 1 and kind == BYTES:
            name, value = _item(data, at, until)
            recording.set({name: value} if not isinstance(value, dict) else {**value, name: value})


def _run(recording: Recording, data: bytes, start: int, end: int) -> str:
    name = ""
    for number, kind, at, until in fields(data, start, end):
        if number == RUN_CONFIG and kind == BYTES:
            _config(recording, data, at, until)
        elif number == DISPLAY_NAME and kind == BYTES:
            name = text(data, at, until)
    return name
