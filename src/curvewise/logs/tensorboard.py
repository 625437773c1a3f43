"""TensorBoard event files, and the folders that make up a run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from curvewise.curves.run import Run
from curvewise.logs.columns import Columns
from curvewise.logs.events import scalars
from curvewise.logs.meanings import words
from curvewise.logs.opening import Source
from curvewise.logs.recording import Recording
from curvewise.logs.settings import settings_beside
from curvewise.logs.tfrecords import recognises as is_tfrecords
from curvewise.logs.tfrecords import records

_NAME = re.compile(r"tfevents\.(\d+)")


def recognises(source: Source, head: bytes) -> bool:
    """Whether this is a file of TFRecords; a damaged one is known by its name."""
    return is_tfrecords(head) or ("tfevents" in source.known_by and len(head) > 0)


def runs(source: Source, columns: Columns) -> Iterator[Run]:
    """The run of one event file."""
    yield from together([("", source)], columns)


def together(parts: Sequence[tuple[str, Source]], columns: Columns) -> Iterator[Run]:
    """The run of several event files, which go on one after another.

    Each comes with the role of its folder, ``train/`` or ``validation/`` (Keras) or nothing, which is put
    before its tags. The run is called and found as the first.
    """
    recording = Recording(columns)
    for role, source in sorted(parts, key=lambda part: (part[0], _begun(part[1]))):
        _record(recording, role, source)
        recording.say(f"{source.shown}: {damage}" if len(parts) > 1 else damage for damage in source.damage)
    first = parts[0][1]
    recording.set(settings_beside(first))
    run = recording.run(first.name, first.shown)
    if run is not None:
        yield run


def _begun(source: Source) -> tuple[int, str]:
    """When a file was begun, which is in its name, and its name."""
    found = _NAME.search(source.known_by)
    return (int(found.group(1)[:18]) if found else 0), source.known_by


def _record(recording: Recording, role: str, source: Source) -> None:
    wrong = 0
    for block in records(source):
        found, malformed = scalars(block)
        wrong += malformed
        for each in found:
            name = role + each.tag
            if recording.wants(name):
                unknown = np.full(len(each.steps), np.nan)
                in_epochs = words(each.tag)[:1] == ["epoch"] and len(words(each.tag)) > 1
                steps, epochs = (unknown, each.steps) if in_epochs else (each.steps, unknown)
                recording.extend(name, each.values, steps, epochs)
    if wrong:
        source.damage.append(f"{wrong:,} records are no events")
