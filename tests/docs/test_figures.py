"""The figures in README and docs are those of the committed results."""

from pathlib import Path

import pytest

from tests.docs.figures import RESULTS, told, updated
from tests.docs.pages import PAGES, content
from tests.house import tracked


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_figure_is_what_was_measured(page: Path) -> None:
    old, new = content(page).splitlines(), updated(content(page)).splitlines()
    changed = [after for before, after in zip(old, new, strict=True) if before != after]
    assert not changed, "run python -m tests.docs.figures"


def test_every_committed_result_is_told_of() -> None:
    results = {path.stem for path in tracked() if path.parent == RESULTS and path.suffix == ".json"}
    untold = results.difference(*(told(content(page)) for page in PAGES))
    assert not untold, "neither README nor docs tell of it"


@pytest.mark.parametrize(
    ("shown", "right"), [("17.0", "17.0"), ("17", "17"), ("16.999", "17.042"), ("3", "17")]
)
def test_a_figure_keeps_the_digits_that_it_shows(tmp_path: Path, shown: str, right: str) -> None:
    (tmp_path / "engine.json").write_text('{"summary": {"small": {"us": 17.042}}}', encoding="utf-8")
    table = "| what | figure | from |\n|---|---|---|\n| 2 steps | {} µs | `engine` `small` `us` |\n"
    assert updated(table.format(shown), tmp_path) == table.format(right)


def test_a_row_may_show_several_figures_and_what_there_is_not(tmp_path: Path) -> None:
    summary = '{"summary": {"small": {"us": 17.042, "eager": 350.6, "compiled": null}}}'
    (tmp_path / "engine.json").write_text(summary, encoding="utf-8")
    table = "| 2 steps | {} µs | {} | {} times | `engine` `small` `us · compiled · eager` |\n"
    assert updated(table.format("1.0", "5", "3"), tmp_path) == table.format("17.0", "–", "351")
    assert updated(table.format("1.0", "–", "–"), tmp_path) == table.format("17.0", "–", "351")
