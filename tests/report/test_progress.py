"""A running study: its standing, its live table, its plain lines."""

from __future__ import annotations

import pytest

from curvewise.curves.ledger import Ledger
from curvewise.records import Failed, Observed
from curvewise.report.live_table import live_table
from curvewise.report.plain import as_plain
from curvewise.report.progress import decision_lines, opening_line, progress_line
from curvewise.report.sparkline import sparkline
from curvewise.report.standing import standing
from tests.report.histories import finished, opened, race


def test_every_trial_is_counted_once() -> None:
    seen = standing(Ledger.of(race(40)))
    assert seen.trials == 40
    assert seen.running == 20
    assert seen.stopped == {"behind at equal age": 17, "diverged": 3}


def test_examples_per_second_are_rows_times_epochs() -> None:
    ledger = Ledger.of(race(12))
    assert standing(ledger).examples_per_second == pytest.approx(ledger.slot_epochs * 1078 / ledger.elapsed)


def test_time_runs_on_between_two_standings_but_not_past_the_end() -> None:
    seen = standing(Ledger.of(race(12)))
    left = seen.seconds_left()
    assert left is not None
    assert seen.seconds_left(1.5) == pytest.approx(left - 1.5)
    assert seen.seconds_left(1e6) == 0.0
    assert seen.share(1e6) == 1.0


def test_the_best_are_listed_best_first() -> None:
    rows = standing(Ledger.of(race(40))).rows
    assert len(rows) == 5
    assert [row.error for row in rows] == sorted(row.error for row in rows)


@pytest.mark.parametrize("length", range(0, 70, 4))
def test_the_live_table_fits_at_every_moment(length: int) -> None:
    shown = as_plain(live_table(standing(Ledger.of(finished(40)[:length])), 0.3, "finishing this epoch"))
    lines = shown.splitlines()
    assert len(lines) <= 13
    assert max(map(len, lines)) <= 80
    assert "finishing this epoch" in shown


def test_the_live_table_says_how_the_study_goes() -> None:
    shown = as_plain(live_table(standing(Ledger.of(race(40)))))
    assert "40 trials: 20 running, 0 finished, 20 stopped (17 behind at equal age" in shown
    assert "best validation error 2." in shown
    assert "examples/s" in shown
    assert "52 s left" in shown


def test_a_budget_in_epochs_is_counted_in_epochs() -> None:
    ledger = Ledger.of([opened(budget="300e"), *race(12)[1:8]])
    assert progress_line(standing(ledger)).endswith(f"{300 - ledger.slot_epochs} epochs left")


def test_lines_say_what_is_tuned_and_what_is_decided() -> None:
    assert opening_line(opened()) == (
        "digits-1: classification, 10 classes, 64 columns, "
        "rows 1,078 train / 359 valid / 360 test, budget 60s, seed 0"
    )
    lines = [line for event in finished() for line in decision_lines(event)]
    assert any("started (sobol): " in line for line in lines)
    assert any("stop: behind at equal age: 0.31 behind 0.12 at epoch 3" in line for line in lines)
    assert any("overfitting: gap grows" in line for line in lines)
    assert decision_lines(Failed(3, "no memory", "")) == ["trial 3 failed: no memory"]
    assert decision_lines(Observed(1.0, [])) == []


def test_sparklines() -> None:
    assert sparkline([]) == ""
    assert sparkline([4, 2, 1]) == "█▅▁"
    assert sparkline([1.0, float("inf")]) == "▁×"
    assert sparkline([float("inf")] * 3) == "×××"
    falling = sparkline([1 / n for n in range(1, 1000)], width=10)
    assert len(falling) == 10
    assert falling[-1] == "▁"
    assert sparkline([-1.0, 0.0, 1.0])[0] == "▁"
