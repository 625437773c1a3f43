"""A JSON object in every line: rows of a run (Ray's ``result.json``), or whole runs as lists."""

from __future__ import annotations

from collections.abc import Iterator

from curvewise.curves.run import Run
from curvewise.logs.columns import Columns
from curvewise.logs.json_documents import whole_runs
from curvewise.logs.json_rows import RowDecoder, objects_of, record_rows
from curvewise.logs.json_values import loaded
from curvewise.logs.opening import Source, head_text
from curvewise.logs.recording import RunsByName
from curvewise.logs.settings import settings_beside


def recognises(source: Source, head: bytes) -> bool:
    """Whether the first lines are objects."""
    lines = [line for line in head_text(head).split("\n") if line.strip()]
    if not lines or not lines[0].lstrip().startswith("{"):
        return False
    return isinstance(loaded(lines[0]), dict) or (len(lines) == 1 and len(head) > 1000)


def runs(source: Source, columns: Columns) -> Iterator[Run]:
    """The runs: a line each where lines hold lists, else told apart by a name in each line."""
    rows = RunsByName(columns, settings_beside(source))
    decoder, count, wrong = RowDecoder(), 0, 0
    for block in source.blocks():
        values = decoder.lines(block)
        objects, places = objects_of(values, count)
        wrong += len(values) - len(objects)
        count += len(values)
        groups = yield from whole_runs(objects, places, source, columns)
        record_rows(rows, groups, settings=True)
        yield from rows.finished(source)
    notes = [f"{wrong:,} lines are no JSON objects"] if wrong else []
    yield from rows.all(source, [*notes, *source.damage])
