"""The record that --json prints: exactly the published keys, at every moment of a study."""

from __future__ import annotations

import msgspec
import pytest

from curvewise.curves.ledger import Ledger
from curvewise.report.summary import summarise
from tests.report.histories import finished, opened, race

KEYS = {
    "policy",
    "moves",
    "study",
    "folder",
    "task",
    "metric",
    "best",
    "ensemble",
    "trials",
    "slot_epochs",
    "seconds",
    "decisions",
    "findings",
    "importance",
}


def as_json(events: list) -> dict:
    return msgspec.json.decode(msgspec.json.encode(summarise(Ledger.of(events), "runs/digits-1")))


def test_a_finished_study() -> None:
    shown = as_json(finished())
    assert set(shown) == KEYS
    assert set(shown["best"]) == {"configuration", "validation", "test", "seeds"}
    assert shown["best"]["test"] == {"loss": 0.093, "error": 0.025}
    assert shown["best"]["seeds"] == [12, 13, 14]
    assert shown["ensemble"]["members"] == [13, 12]
    assert shown["trials"] == 18
    assert shown["decisions"]["behind at equal age"] >= 5
    assert shown["folder"] == "runs/digits-1"


def test_no_best_before_the_first_point() -> None:
    assert as_json([opened()])["best"] is None
    assert as_json([])["best"] is None


def test_the_best_so_far_has_no_test_score() -> None:
    shown = as_json(race())
    ledger = Ledger.of(race())
    least = min(p.valid_error for entry in ledger.entries.values() for p in entry.curve.points)
    assert shown["best"]["validation"]["error"] == least
    assert shown["best"]["test"] is None
    assert shown["ensemble"] is None
    assert len(shown["best"]["seeds"]) == 1


def test_evidence_that_is_not_finite_is_left_out() -> None:
    assert as_json(finished())["findings"][0]["evidence"] == {"gap": 0.4}


@pytest.mark.parametrize("length", range(0, 40, 3))
def test_any_prefix_of_a_history_can_be_summarised(length: int) -> None:
    assert set(as_json(finished()[:length])) == KEYS


def test_finalists_that_the_budget_stopped_count_as_seeds() -> None:
    events = finished()
    ledger = Ledger.of(events)
    for entry in ledger.entries.values():
        if entry.trial.origin == "finalist":
            entry.status, entry.rule = "stopped", "budget over"
    best = summarise(ledger).best
    assert best is not None
    assert best.seeds == [12, 13, 14]
