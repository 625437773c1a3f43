"""The article's policy on real networks: an answer in the budget, again and after an interruption."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

import curvewise
from curvewise.best import load
from curvewise.curves.ledger import Ledger
from curvewise.errors import UsageError
from curvewise.records import Decided, Decision
from curvewise.search.policy import policy_named
from curvewise.study.study import DATABASE
from tests.study.halting import Halting
from tests.study.test_kill import COMMAND, ENVIRONMENT, check_no_event_was_lost, events_of, killed

BUDGET = "150e"


def decisions(folder: Path) -> list[Decision]:
    return [each for e in events_of(folder) if isinstance(e, Decided) for each in e.decisions]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("article") / "whole"
    curvewise.tune("iris", budget=BUDGET, policy="article", deterministic=True, out=folder)
    return folder


def test_ends_with_an_answer_that_predicts(whole: Path) -> None:
    ledger = Ledger.of(events_of(whole))
    assert ledger.opened is not None and ledger.opened.policy == "article"
    assert ledger.scored is not None and ledger.scored.test["error"] < 0.3
    assert ledger.slot_epochs <= 150
    assert load(whole).scores["test"] == ledger.scored.test


def test_its_history_replays_bit_for_bit(whole: Path) -> None:
    policy = policy_named("article")
    for event in events_of(whole):
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


def test_a_killed_study_goes_on_with_the_article(tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    start = ["tune", "digits", "--policy", "article", "--budget", "1200e", "--out", str(folder), "-q"]
    with subprocess.Popen([*COMMAND, *start], env=ENVIRONMENT) as process:
        while not (folder / DATABASE).exists():
            time.sleep(0.05)
        time.sleep(1.0)  # well within the first moves, which take several seconds
        process.kill()
    before = events_of(folder)
    assert Ledger.of(before).ended is None
    assert killed(["resume", str(folder), "-q"], 120) == 0
    after = events_of(folder)
    check_no_event_was_lost(before, after)
    policy = policy_named("article")
    for event in after:
        if isinstance(event, Decided):
            assert policy.decide(event.elapsed) == event.decisions
        policy.see([event])
    assert policy.ledger.scored is not None
