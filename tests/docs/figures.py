"""Figures that a page shows out of benchmarks/results, and how to bring them up to date.

A row of such a table ends in where its figures come from: `engine` `64-64-64-10` `ours_us` is that entry
of the summary in benchmarks/results/engine.json, and `eager_us · ours_us` at the end are two of them, shown
in the two cells before. What a summary has nothing of, null, is shown as a dash. After a benchmark has run,

    python -m tests.docs.figures

writes the new figures into README and docs, with as many digits as the old ones had.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from tests.docs.pages import PAGES, ROOT, content

RESULTS = ROOT / "benchmarks" / "results"
DASH = "–"
_ROW = re.compile(
    rf"^(?P<shown>\|.*\| *(?:\d|{DASH})[^|]*\|)(?P<source> *(?:`[^`|]+` *){{2,}})\|$", re.MULTILINE
)
_FIGURE = re.compile(rf"^(?P<before> *)(?P<shown>\d[\d.]*|{DASH})(?P<unit>.*)$")


def updated(page: str, results: Path = RESULTS) -> str:
    """``page`` with every figure as it was measured last, rounded to the digits that it showed."""

    def measured(row: re.Match[str]) -> str:
        values = _values(row["source"], results)
        cells = row["shown"].strip("|").split("|")
        for place, value in zip(range(len(cells) - len(values), len(cells)), values, strict=True):
            cells[place] = _shown(cells[place], value)
        return f"|{'|'.join(cells)}|{row['source']}|"

    return _ROW.sub(measured, page)


def told(page: str) -> set[str]:
    """Names of the results that a page shows figures of, or links to."""
    shown = {row["source"].split("`")[1] for row in _ROW.finditer(page)}
    return shown | set(re.findall(r"results/([\w-]+)\.json", page))


def _values(source: str, results: Path) -> list[float | None]:
    """The entries that a row's last cell names."""
    name, *path, keys = re.findall(r"`([^`]+)`", source)
    found: Any = _summary(results / f"{name}.json")
    for key in path:
        found = found[key]
    return [found[key] for key in keys.split(" · ")]


@cache
def _summary(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))["summary"]


def _shown(cell: str, value: float | None) -> str:
    """The cell with another figure in it."""
    figure = _FIGURE.match(cell)
    assert figure is not None, f"a cell that shows a figure begins with it: {cell!r}"
    digits = len(figure["shown"].partition(".")[2])
    shown = DASH if value is None else f"{float(value):.{digits}f}"
    return f"{figure['before']}{shown}{figure['unit']}"


if __name__ == "__main__":
    for each in PAGES:
        each.write_text(updated(content(each)), encoding="utf-8")
