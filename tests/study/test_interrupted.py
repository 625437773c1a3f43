"""Studies that end in the middle of something go on from what is on disk."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import pytest

import curvewise
from curvewise.best import load
from curvewise.cohort.member import Member
from curvewise.curves.ledger import Ledger
from curvewise.errors import StudyError
from curvewise.records import Decided, Event, Observed, Point, Snapshotted
from curvewise.report.answer import answer
from curvewise.store.history import History
from curvewise.study import execution
from curvewise.study.study import DATABASE
from tests.study.halting import Halting

BUDGET = "120e"


class PowerCutError(Exception):
    pass


class PowerCut:
    """Ends the study at once when the ``which``-th trial has ended as the best, not yet saved as that."""

    def __init__(self, folder: Path, which: int) -> None:
        self._folder, self._left = folder, which

    def events(self, ledger: Ledger, events: Sequence[Event]) -> None:
        found = answer(ledger)
        if found is None or not any(isinstance(event, Decided) for event in events):
            return
        if ledger.entries[found.trial].status != "running" and found.trial != best_on_disk(self._folder):
            self._left -= 1
            if self._left == 0:
                raise PowerCutError

    def stopping(self) -> bool:
        return False


def best_on_disk(folder: Path) -> int | None:
    try:
        return load(folder).description.best.trial
    except StudyError:
        return None


@pytest.mark.parametrize("epochs", [30, 75])
def test_ctrl_c_in_the_middle_of_an_epoch_leaves_a_study_that_goes_on(
    epochs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained, train = count(1), Member.train_epoch

    def interrupted(member: Member) -> Point:
        point = train(member)
        if next(trained) == epochs:
            main = threading.main_thread().ident
            assert main is not None
            signal.pthread_kill(main, signal.SIGINT)
        return point

    with monkeypatch.context() as patch:
        patch.setattr(Member, "train_epoch", interrupted)
        halted = curvewise.tune("wine", budget=BUDGET, out=tmp_path / "study")
    assert halted.interrupted
    resumed = curvewise.resume(tmp_path / "study")
    assert not resumed.interrupted
    assert resumed.ledger.entries == curvewise.Study.open(tmp_path / "study").ledger.entries


def test_the_seconds_of_an_epoch_that_was_broken_off_are_spent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained, train = count(1), Member.train_epoch

    def interrupted(member: Member) -> Point:
        if next(trained) == 30:
            time.sleep(0.6)
            main = threading.main_thread().ident
            assert main is not None
            signal.pthread_kill(main, signal.SIGINT)
        return train(member)

    monkeypatch.setattr(Member, "train_epoch", interrupted)
    assert curvewise.tune("wine", budget=BUDGET, out=tmp_path / "study", threads=1).interrupted
    *_, before, last = (
        event.elapsed for event in events_of(tmp_path / "study") if isinstance(event, Observed)
    )
    assert last > before + 0.5
    assert curvewise.Study.open(tmp_path / "study").ledger.elapsed == last


def events_of(folder: Path) -> list[Event]:
    with History.open(folder / DATABASE, readonly=True) as history:
        return [event for _, event in history.since(0)]


def after_training(events: list[Event]) -> list[Event]:
    """What came after the last round of training."""
    last = max(place for place, event in enumerate(events) if isinstance(event, Observed))
    return events[last + 1 :]


def test_nothing_is_snapshotted_once_the_budget_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "INTERVAL", 0.0)
    curvewise.tune("wine", budget="40e", out=tmp_path / "study")
    events = events_of(tmp_path / "study")
    assert any(isinstance(event, Snapshotted) for event in events)
    assert not any(isinstance(event, Snapshotted) for event in after_training(events))


@pytest.mark.parametrize("rounds", range(1, 9))
def test_no_trial_begins_after_ctrl_c(rounds: int, tmp_path: Path) -> None:
    curvewise.tune("wine", budget=BUDGET, out=tmp_path / "study", observer=Halting(rounds))
    later = after_training(events_of(tmp_path / "study"))
    assert not any(d.start for event in later if isinstance(event, Decided) for d in event.decisions)


@pytest.mark.parametrize("which", [1, 2])
def test_the_best_that_has_ended_is_never_lost(which: int, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    with pytest.raises(PowerCutError):
        curvewise.tune("wine", budget=BUDGET, out=folder, observer=PowerCut(folder, which))
    halted = curvewise.resume(folder, observer=Halting(0))
    found = answer(halted.ledger)
    assert found is not None
    assert best_on_disk(folder) == found.trial


class Killed:
    """Ends the study at once after some rounds, with nothing of the last one decided."""

    def __init__(self, rounds: int) -> None:
        self._rounds = rounds

    def events(self, ledger: Ledger, events: Sequence[Event]) -> None:
        self._rounds -= any(isinstance(event, Observed) for event in events)
        if self._rounds == 0:
            raise PowerCutError

    def stopping(self) -> bool:
        return False


@pytest.mark.parametrize(("rounds", "interval"), [(3, 0.0), (9, 0.0), (7, 1e9), (14, 1e9)])
def test_a_deterministic_study_decides_after_a_kill_as_if_nothing_had_happened(
    rounds: int, interval: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a snapshot of the round before, and with none."""
    monkeypatch.setattr(execution, "INTERVAL", interval)

    def decisions(folder: Path) -> list[tuple[object, ...]]:
        decided = [event.decisions for event in events_of(folder) if isinstance(event, Decided)]
        return [(d.action, d.rule, d.trial, d.start) for several in decided for d in several]

    curvewise.tune("wine", budget="300e", out=tmp_path / "whole", deterministic=True)
    with pytest.raises(PowerCutError):
        curvewise.tune(
            "wine", budget="300e", out=tmp_path / "cut", deterministic=True, observer=Killed(rounds)
        )
    curvewise.resume(tmp_path / "cut")
    assert decisions(tmp_path / "cut") == decisions(tmp_path / "whole")


def test_a_damaged_snapshot_costs_its_epochs_and_not_the_study(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    whole = curvewise.tune("wine", budget=BUDGET, out=tmp_path / "whole", deterministic=True)
    curvewise.tune("wine", budget=BUDGET, out=folder, deterministic=True, observer=Halting(5))
    snapshot = next(folder.glob("snapshot-*.safetensors"))
    snapshot.write_bytes(snapshot.read_bytes()[:100])
    resumed = curvewise.resume(folder)
    assert not resumed.interrupted
    assert any("cannot be read" in note for note in resumed.ledger.notes)
    assert resumed.best.scores.keys() == whole.best.scores.keys()
