"""A JSON object in every line: rows of a run (Ray's ``result.json``), or whole runs as lists."""

from __future__ import annotations

from collections.abc import Iterator

from curvewise.curves.run import Run
from curvewise.logs.columns import Columns
from curvewise.logs.json_documents import run_of_lists
from curvewise.logs.json_values import flat, loaded, numbers
from curvewise.logs.long_form import names_a_run, run_name
from curvewise.logs.opening import Source, head_text
from curvewise.logs.runs_by_name import RunsByName
from curvewise.logs.settings_beside import settings_beside


def recognises(source: Source, head: bytes) -> bool:
    """Whether the first lines are objects."""
    lines = [line for line in head_text(head).split("\n") if line.strip()]
    if not lines or not lines[0].lstrip().startswith("{"):
        return False
    return isinstance(loaded(lines[0]), dict) or (len(lines) == 1 and len(head) > 1000)


def runs(source: Source, columns: Columns) -> Iterator[Run]:
    """The runs: a line each where lines hold lists, else told apart by a name in each line."""
    rows = RunsByName(columns, settings_beside(source))
    count = wrong = 0
    for lines in source.lines():
        for line in lines:
            if not line.strip():
                continue
            count += 1
            value = loaded(line)
            if not isinstance(value, dict):
                wrong += 1
            elif (whole := run_of_lists(value, source, columns, f"{source.name} {count}")) is not None:
                yield whole
            else:
                _row(rows, value, count)
        yield from rows.finished(source)
    notes = [f"{wrong:,} lines are no JSON objects"] if wrong else []
    yield from rows.all(source, [*notes, *source.damage])


def _row(rows: RunsByName, value: dict[str, object], count: int) -> None:
    row = flat(value)
    naming = [(key, str(each)) for key, each in row.items() if names_a_run(key)]
    name = "/".join(run_name(*each) for each in naming)
    recording = rows.of(name)
    recording.row(numbers(row), float(count))
    if len(recording.settings) == 0:
        recording.set(row)
