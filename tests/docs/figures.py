"""Figures that a page shows out of benchmarks/results, and how to bring them up to date.

A row of such a table ends in where its figure comes from: `engine` `64-64-64-10` `ours_us` is that entry
of the summary in benchmarks/results/engine.json. After a benchmark has run,

    python -m tests.docs.figures

writes the new figures into README and docs, with as many digits as the old ones had.
"""

import json
import re
from pathlib import Path
from typing import Any

from tests.docs.pages import PAGES, ROOT, content

RESULTS = ROOT / "benchmarks" / "results"
_ROW = re.compile(
    r"^(?P<what>\|.*?\| *)(?P<shown>\d[\d.]*)(?P<unit>[^|]*\| *)(?P<source>(?:`[^`]+` *){2,})\|$",
    re.MULTILINE,
)


def updated(page: str, results: Path = RESULTS) -> str:
    """``page`` with every figure as it was measured last, rounded to the digits that it showed."""

    def measured(row: re.Match[str]) -> str:
        name, *keys = re.findall(r"`([^`]+)`", row["source"])
        found: Any = json.loads((results / f"{name}.json").read_text(encoding="utf-8"))["summary"]
        for key in keys:
            found = found[key]
        digits = len(row["shown"].partition(".")[2])
        return f"{row['what']}{float(found):.{digits}f}{row['unit']}{row['source']}|"

    return _ROW.sub(measured, page)


def told(page: str) -> set[str]:
    """Names of the results that a page shows figures of, or links to."""
    shown = {row["source"].split("`")[1] for row in _ROW.finditer(page)}
    return shown | set(re.findall(r"results/([\w-]+)\.json", page))


if __name__ == "__main__":
    for path in PAGES:
        path.write_text(updated(content(path)), encoding="utf-8")
