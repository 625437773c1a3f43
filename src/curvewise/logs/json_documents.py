"""Logs that are one JSON document: ``trainer_state.json``, Keras' History, skorch's history, lists of rows.

Transformers' ``trainer_state.json`` has rows in ``log_history``; its last holds means over the whole run and
is passed over.
skorch's ``history.json`` is a list of epochs, each with its minibatches in ``batches``. XGBoost's
``evals_result`` is an object of objects of lists.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from curvewise.curves.run import Run
from curvewise.logs.columns import Columns
from curvewise.logs.json_stream import elements
from curvewise.logs.json_values import flat, number, numbers
from curvewise.logs.long_form import names_a_run
from curvewise.logs.meanings import axis, meaning
from curvewise.logs.opening import Source, head_text
from curvewise.logs.recording import Recording
from curvewise.logs.safe_text import shown
from curvewise.logs.settings_beside import settings_beside

ROWS = {"log_history[]", "[]", "history[]", "logs[]", "metrics[]", "rows[]", "epochs[]", "log[]", ""}
"""Lists whose elements are rows, where they are objects."""


def recognises(source: Source, head: bytes) -> bool:
    """Whether this is one JSON document, rather than one in each line."""
    lines = [line for line in head_text(head).split("\n") if line.strip()]
    if not lines or lines[0].lstrip()[:1] not in ("{", "["):
        return False
    if lines[0].lstrip().startswith("[") or len(lines) == 1:
        return True
    return not (lines[0].rstrip().endswith("}") and lines[1].lstrip().startswith("{"))


def runs(source: Source, columns: Columns) -> Iterator[Run]:
    """The run of a document, or one for each element where its list is of runs."""
    recording = Recording(columns)
    lists: dict[str, int] = {}
    count = 0
    for key, value in elements(source):
        if isinstance(value, dict) and key in ROWS:
            if (whole := run_of_lists(value, source, columns, f"{source.name} {count + 1}")) is not None:
                yield whole
            else:
                _row(recording, value, count + 1.0)
            count += 1
        elif key.endswith("[]"):
            _listed(recording, key[:-2], number(value), lists)
        elif not key:
            _listed(recording, "loss", number(value), lists)
            recording.say(["a list without a name was read as the training loss"])
        elif isinstance(value, dict):
            _object(recording, key, value)
        elif not isinstance(value, list):
            recording.set({key: value})
    recording.set(settings_beside(source))
    recording.say(source.damage)
    run = recording.run(source.name, source.shown)
    if run is not None:
        yield run


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
    kept = [str(v) for v in told if isinstance(v, int | str) and not isinstance(v, bool) and len(str(v)) < 80]
    return shown("/".join(kept[:6]))


def _row(recording: Recording, value: dict[str, object], count: float) -> None:
    if "train_runtime" in value:  # Transformers' last row: means over the whole run
        return
    minibatches = value.pop("batches", None)
    told = numbers(flat(value))
    if not isinstance(minibatches, list) or "epoch" in told:
        recording.row(told, count)
    if isinstance(minibatches, list) and minibatches and isinstance(minibatches[0], dict):
        recording.set({"train_batch_size": minibatches[0].get("train_batch_size")})


def _listed(recording: Recording, key: str, value: float | None, lists: dict[str, int]) -> None:
    """The next number of a list at the top of an object: History's lists, by epoch."""
    lists[key] = count = lists.get(key, 0) + 1
    track = recording.track(key)
    if track is not None and axis(key) is None:
        track.add(math.nan if value is None else value, math.nan, float(count))


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
    placed = next((key for key in lists if axis(key) is not None and recording.columns.x is None), None)
    placed = recording.columns.x if recording.columns.x in lists else placed
    places = [number(each) for each in lists[placed]] if placed is not None else []
    for key, values in lists.items():
        track = recording.track(prefix + key) if key != placed and axis(key) is None else None
        if track is None:
            continue
        for i, each in enumerate(values):
            value = number(each)
            if value is None and each is not None:
                continue
            place = places[i] if placed is not None and i < len(places) else i + 1.0
            at = math.nan if place is None else place
            in_steps = placed is not None and axis(placed) != "epoch"
            track.add(math.nan if value is None else value, *((at, math.nan) if in_steps else (math.nan, at)))
