"""What a person reads after a study: right, within 80 columns, without control codes."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from curvewise.curves.ledger import Ledger
from curvewise.records import Resumed
from curvewise.report.text import plain, renderable
from tests.report.histories import finished, opened, race

STUDIES = [finished(40), finished(12, task="regression"), race(), [opened()], []]


@pytest.mark.parametrize("events", STUDIES)
def test_fits_a_terminal_and_paper(events: list) -> None:
    shown = plain(Ledger.of(events), "runs/digits-1")
    assert "\x1b" not in shown
    assert max(len(line) for line in shown.splitlines()) <= 80
    assert not re.search(r"[ \t]+$", shown, re.MULTILINE)


def test_the_answer_and_how_sure_it_is() -> None:
    shown = plain(Ledger.of(finished(40)), "runs/digits-1")
    assert re.search(r"test error +2\.50 % +± 0\.82 % \(1 standard error of 360 rows\)", shown)
    assert re.search(r"validation error +2\.23 % .* over 3 seeds", shown)
    assert re.search(r"ensemble test error +2\.22 %", shown)
    assert "simplest within one standard error" in shown


def test_a_regression_has_no_per_cent_in_its_answer() -> None:
    shown = plain(Ledger.of(finished(12, task="regression")), "runs/x")
    assert re.search(r"test RMSE +0\.025 +360 rows", shown)
    assert "%" not in shown


def test_what_was_stopped_and_why() -> None:
    shown = plain(Ledger.of(finished(40)), "runs/digits-1")
    assert "17 behind at equal age" in shown
    assert "overfitting in 1 trial" in shown


def test_commands_are_whole_however_narrow_the_screen() -> None:
    folder = "runs/a folder with a long name"
    lines = plain(Ledger.of(finished()), folder, width=40).splitlines()
    assert any(
        line.endswith("curvewise predict 'runs/a folder with a long name' NEW.csv -o OUT.csv")
        for line in lines
    )


def test_the_budget_offered_is_twice_the_last_one() -> None:
    ledger = Ledger.of(finished())
    assert "--budget 120s" in plain(ledger, "d")
    grown = Ledger.of(
        [*finished(), Resumed(elapsed=60.0, budget="300e", threads=2, command=""), *finished()[-2:]]
    )
    assert "--budget 600e" in plain(grown, "d")


def test_a_study_under_way_is_told_to_go_on() -> None:
    shown = plain(Ledger.of(race()), "runs/digits-1")
    assert "best so far" in shown
    assert "curvewise resume runs/digits-1\n" in shown
    assert "no answer" in plain(Ledger.of([opened()]), "runs/digits-1")


def test_text_from_outside_is_no_markup() -> None:
    events = finished()
    ledger = Ledger.of(events)
    assert ledger.opened is not None
    ledger.opened = type(ledger.opened)(
        **{f: getattr(ledger.opened, f) for f in ledger.opened.__struct_fields__}
        | {"source": "[red]x[/red].csv"}
    )
    assert "[red]x[/red].csv" in plain(ledger, "d")


def test_no_colour_where_it_is_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    screen = Console(file=io.StringIO(), force_terminal=True, width=80)
    with screen.capture() as capture:
        screen.print(renderable(Ledger.of(finished()), "d"))
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", capture.get())
