"""The figures in README and docs are those of the committed results.

A row of such a table ends in where the figure comes from: `engine` `64-64-64-10` `ours_us` is that entry of the
summary in benchmarks/results/engine.json.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import PAGES, ROOT, content
from tests.house import tracked

RESULTS = ROOT / "benchmarks" / "results"
FIGURE = re.compile(r"^\|.*?\| *([\d.,]+)[^|]*\| *((?:`[^`]+` *){2,})\|$", re.MULTILINE)


def wrong(page: str, results: Path) -> list[str]:
    """Rows whose figure is not the result's, rounded to as many digits as are shown."""
    faults = []
    for shown, source in FIGURE.findall(page):
        name, *keys = re.findall(r"`([^`]+)`", source)
        found: Any = json.loads((results / f"{name}.json").read_text(encoding="utf-8"))["summary"]
        for key in keys:
            found = found[key]
        digits = len(shown.partition(".")[2])
        if round(float(found), digits) != float(shown.replace(",", "")):
            faults.append(f"{source.strip()} is {found}, and the page says {shown}")
    return faults


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_figure_is_what_was_measured(page: Path) -> None:
    assert not wrong(content(page), RESULTS)


def test_every_committed_result_is_told_of() -> None:
    pages = "".join(content(page) for page in PAGES)
    told = {source.split("`")[1] for _, source in FIGURE.findall(pages)}
    told |= set(re.findall(r"results/([\w-]+)\.json", pages))
    results = {path.stem for path in tracked() if path.parent == RESULTS and path.suffix == ".json"}
    assert results <= told, f"neither README nor docs tell of {results - told}"


@pytest.mark.parametrize(
    ("shown", "right"), [("17.0", True), ("17", True), ("17.1", False), ("1,704", False)]
)
def test_a_figure_is_compared_with_the_digits_that_it_shows(tmp_path: Path, shown: str, right: bool) -> None:
    (tmp_path / "engine.json").write_text('{"summary": {"small": {"us": 17.04}}}', encoding="utf-8")
    page = f"| what | figure | from |\n|---|---|---|\n| a step | {shown} µs | `engine` `small` `us` |\n"
    assert (not wrong(page, tmp_path)) is right
