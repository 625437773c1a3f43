"""Logs that are one JSON document: ``trainer_state.json``, Keras' History, skorch's history, lists of rows.

Transformers' ``trainer_state.json`` has rows in ``log_history``; its last holds means over the whole run and
is passed over.
skorch's ``history.json`` is a list of epochs, each with its minibatches in ``batches``. XGBoost's
``evals_result`` is an object of objects of lists.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from curvewise.curves.run import Run
from curvewise.logs.columns import Columns
from curvewise.logs.json_rows import Row, Rows, alike, objects_of, record_rows
from curvewise.logs.json_stream import elements
from curvewise.logs.json_values import WRITTEN, column
from curvewise.logs.long_form import names_a_run
from curvewise.logs.meanings import axis, meaning
from curvewise.logs.opening import Source, head_text
from curvewise.logs.recording import Recording, RunsByName
from curvewise.logs.safe_text import shown
from curvewise.logs.settings import settings_beside

ROWS = {"log_history[]", "[]", "history[]", "logs[]", "metrics[]", "rows[]", "epochs[]", "log[]", ""}
"""Lists whose elements are rows, where they are objects."""

NUMBERED = re.compile(r"\s*\[[\d/:., ]{1,40}\]\s*[^\s,\]]")
"""``[3,  2000] loss: 0.5`` and ``[12:30:01] epoch 3``: a line that was printed, and no list of numbers."""


def recognises(source: Source, head: bytes) -> bool:
    """Whether this is one JSON document, rather than one in each line."""
    lines = [line for line in head_text(head).split("\n") if line.strip()]
    if not lines or lines[0].lstrip()[:1] not in ("{", "["):
        return False
    if NUMBERED.match(lines[0]):
        return False
    if lines[0].lstrip().startswith("[") or len(lines) == 1:
        return True
    return not (lines[0].rstrip().endswith("}") and lines[1].lstrip().startswith("{"))


def runs(source: Source, columns: Columns) -> Iterator[Run]:
    """The run of a document, or those that its rows name, or one for each row that holds lists."""
    rows = RunsByName(columns)
    lists: dict[str, int] = {}
    count = 0
    for key, values in elements(source):
        objects, places = objects_of(values if key in ROWS else [], count)
        if objects:
            count += len(values)
            groups = yield from whole_runs(objects, places, source, columns)
            record_rows(rows, groups, settings=False)
            _of_minibatches(rows, objects[0])
            yield from rows.finished(source)
        elif key.endswith("[]") or not key:
            _listed(rows.of(""), key[:-2] or "loss", values, lists)
            rows.of("").say([] if key else ["a list without a name was read as the training loss"])
        elif isinstance(values[0], dict):
            _object(rows.of(""), key, values[0])
        elif not isinstance(values[0], list):
            rows.of("").set({key: values[0]})
    rows.of("").set(settings_beside(source))
    yield from rows.all(source, source.damage)


def whole_runs(
    objects: Sequence[Row], places: NDArray[np.int64], source: Source, columns: Columns
) -> Generator[Run, None, list[Rows]]:
    """The runs of objects that hold lists, each by itself; returns the other objects, by their names."""
    groups = alike(objects, places)
    if not any(list in group.types or "history" in group.names for group in groups):
        return groups
    kept = []
    for i, value in enumerate(objects):
        name = source.name if len(objects) == 1 == places[i] else f"{source.name} {places[i]}"
        whole = run_of_lists(value, source, columns, name) if isinstance(value, dict) else None
        if whole is None:
            kept.append(i)
        else:
            yield whole
    return alike([objects[i] for i in kept], places[kept])


def run_of_lists(row: dict[str, object], source: Source, columns: Columns, name: str) -> Run | None:
    """The run that a row holds as lists, one for each quantity; None where the row holds numbers.

    The run is called by what the row says in texts and whole numbers beside the lists.
    """
    inner = row.get("history")
    if not isinstance(inner, dict) and not any(isinstance(value, list) for value in row.values()):
        return None
    told = {**row, **inner} if isinstance(inner, dict) else row
    lists = {key: value for key, value in told.items() if isinstance(value, list)}
    if not any(meaning(key) or key in columns.given for key in lists):
        return None
    recording = Recording(columns)
    _lists(recording, "", lists)
    recording.set({key: value for key, value in told.items() if key not in lists})
    recording.say(source.damage)
    return recording.run(named(told) or name, source.shown)


def named(row: dict[str, object]) -> str:
    """What a row calls its run: by a name if it has one, else all that it says in words and whole numbers."""
    by_name = [value for key, value in row.items() if names_a_run(key) or key == "name"]
    told = by_name or [value for key, value in row.items() if key != "label"]
    kept = [str(v) for v in told if isinstance(v, int | str) and not isinstance(v, bool)]
    kept = [v for v in kept if len(v) < 80 and v.lower() not in WRITTEN]
    return shown("/".join(kept[:6]))


def _of_minibatches(rows: RunsByName, row: Row) -> None:
    """The size of skorch's minibatches, which it keeps in each epoch's row."""
    minibatches = row.get("batches") if isinstance(row, dict) else None
    if isinstance(minibatches, list) and minibatches and isinstance(minibatches[0], dict):
        rows.of("").set({"train_batch_size": minibatches[0].get("train_batch_size")})


def _listed(recording: Recording, key: str, values: list[object], lists: dict[str, int]) -> None:
    """The next numbers of a list at the top of an object: History's lists, by epoch."""
    first = lists.get(key, 0) + 1
    lists[key] = first + len(values) - 1
    if axis(key) is None:
        read, _ = column(values)
        epochs = np.arange(first, first + len(read), dtype=np.float64)
        recording.extend(key, read, np.full(len(read), np.nan), epochs)


def _object(recording: Recording, key: str, value: dict[str, object]) -> None:
    """An object at the top: settings, or the lists of History and XGBoost."""
    prefix = "" if key in ("history", "metrics", "logs", "results") else f"{key}/"
    _lists(recording, prefix, {name: each for name, each in value.items() if isinstance(each, list)})
    for name, each in value.items():
        if isinstance(each, dict):
            inner = {k: v for k, v in each.items() if isinstance(v, list)}
            _lists(recording, f"{prefix}{name}/", inner)
    recording.set({name: each for name, each in value.items() if not isinstance(each, list | dict)})


def _lists(recording: Recording, prefix: str, lists: dict[str, list[object]]) -> None:
    """Lists of one length, by the places that one of them holds: ``null`` is a value that is no number."""
    x = recording.columns.x
    placed = x if x is not None else next((key for key in lists if axis(key) is not None), "")
    places = column(lists[placed])[0] if placed in lists else np.zeros(0)
    for key, values in lists.items():
        if key == placed or axis(key) is not None:
            continue
        read, present = column(values)
        present |= np.array([value is None for value in values], np.bool_)
        at, unknown = np.arange(1.0, len(read) + 1), np.full(len(read), np.nan)
        at[: len(places)] = places[: len(at)]
        in_steps = len(places) > 0 and axis(placed) != "epoch"
        steps, epochs = (at, unknown) if in_steps else (unknown, at)
        recording.extend(prefix + key, read[present], steps[present], epochs[present])
