"""The article's policy on real networks: an answer in the budget, again and after an interruption."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

import curvewise
from curvewise.best import load
from curvewise.curves.ledger import Ledger
from curvewise.errors import UsageError
from curvewise.records import Decided, Decision, Event, Observed
from curvewise.search.policy import policy_named
from curvewise.store.history import History
from curvewise.study.study import DATABASE

BUDGET = "150e"


class Halting:
    """Ends the study well after some rounds."""

    def __init__(self, rounds: int) -> None:
        self._rounds = rounds

    def events(self, ledger: Ledger, events: Sequence[Event]) -> None:
        self._rounds -= any(isinstance(event, Observed) for event in events)

    def stopping(self) -> bool:
        return self._rounds <= 0


def history(folder: Path) -> list[Event]:
    with History.open(folder / DATABASE, readonly=True) as opened:
        return [event for _, event in opened.since(0)]


def decisions(folder: Path) -> list[Decision]:
    return [each for e in history(folder) if isinstance(e, Decided) for each in e.decisions]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("article") / "whole"
    curvewise.tune("iris", budget=BUDGET, policy="article", deterministic=True, out=folder)
    return folder


def test_ends_with_an_answer_that_predicts(whole: Path) -> None:
    ledger = Ledger.of(history(whole))
    assert ledger.opened is not None and ledger.opened.policy == "article"
    assert ledger.scored is not None and ledger.scored.test["error"] < 0.3
    assert ledger.slot_epochs <= 150
    assert load(whole).scores["test"] == ledger.scored.test


def test_its_history_replays_bit_for_bit(whole: Path) -> None:
    policy = policy_named("article")
    for event in history(whole):
        if isinstance(event, Decided):
            assert policy.decide(event.elapsed) == event.decisions
        policy.see([event])


def test_an_interrupted_study_goes_on_by_the_same_policy_to_the_same_end(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "halted"
    study = curvewise.tune(
        "iris", budget=BUDGET, policy="article", deterministic=True, out=folder, observer=Halting(25)
    )
    assert study.interrupted
    curvewise.resume(folder)
    assert decisions(folder) == decisions(whole)


def test_a_policy_that_is_not_there_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no policy 'guess': choose race or article"):
        curvewise.tune("iris", policy="guess", out=tmp_path / "study")
    assert not (tmp_path / "study").exists()
