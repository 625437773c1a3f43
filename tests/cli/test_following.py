"""Logs that grow: what is read again, when, and what is raised."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from curvewise.cli.changes import Changes
from curvewise.cli.following import QUIET, SHARES, SOONEST, Following
from curvewise.cli.paths import runs_at
from curvewise.curves.run import Run
from curvewise.logs.columns import Columns
from curvewise.report.diagnosed import Unreadable
from tests.cli.logs import appended, blown, falling, turning, written


@dataclass
class Times:
    """The wall clock, and the processor's."""

    now: float = 0.0
    spent: float = 0.0
    cost: float = 0.0
    """Processor seconds that pass whenever somebody asks."""

    def clock(self) -> float:
        return self.now

    def processor(self) -> float:
        self.spent += self.cost
        return self.spent


@dataclass
class Watcher:
    """Follows a path in made-up time, in which the files were written a moment ago."""

    path: Path
    times: Times = field(default_factory=Times)

    def __post_init__(self) -> None:
        self.times.now = os.stat(self.path).st_mtime
        self.following = Following(str(self.path), None, self.times.clock, self.times.processor)

    @property
    def run(self) -> Run:
        return next(iter(self.following.runs.values())).run

    def look(self, after: float = 2.0) -> list[str]:
        self.times.now += after
        return [news.finding.sign for news in self.following.look()]


def test_a_finding_is_raised_when_it_is_certain_and_once(tmp_path: Path) -> None:
    log = written(tmp_path / "a.csv", turning(20))
    watcher = Watcher(log)
    losses = turning(40)
    raised = watcher.look()
    for epoch in range(20, 40, 5):
        appended(log, losses[epoch : epoch + 5], epoch)
        raised += watcher.look()
    assert raised.count("overfitting") == 1


def test_a_run_that_is_over_is_told_whole_at_the_first_look(tmp_path: Path) -> None:
    log = written(tmp_path / "a.csv", turning())
    os.utime(log, (1000, 1000))
    watcher = Watcher(log)
    watcher.times.now += QUIET
    assert "overfitting" in watcher.look()
    assert watcher.look() == []


def test_a_run_that_stops_growing_is_told_whole_later(tmp_path: Path) -> None:
    watcher = Watcher(written(tmp_path / "a.csv", turning()))
    assert watcher.look() == []
    assert watcher.look() == []
    assert "overfitting" in watcher.look(QUIET)


def test_what_has_not_changed_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watcher = Watcher(written(tmp_path / "a.csv", falling()))
    watcher.look()
    monkeypatch.setattr("curvewise.cli.following.runs_at", lambda *_: pytest.fail("read again"))
    watcher.look()


def test_reading_costs_a_small_share_of_the_time(tmp_path: Path) -> None:
    log = written(tmp_path / "a.csv", falling(20))
    watcher = Watcher(log)
    watcher.look()
    watcher.times.cost = 0.3
    losses, reads = falling(400), []
    for epoch in range(20, 400):
        appended(log, losses[epoch : epoch + 1], epoch)
        before = watcher.run.points
        watcher.look(SOONEST)
        if watcher.run.points > before:
            reads.append(watcher.times.now)
    waits = [later - earlier for earlier, later in pairwise(reads)]
    assert min(waits[1:]) >= 0.3 / SHARES[True]
    assert len(reads) >= 3


def test_what_is_slow_to_read_does_not_keep_the_others_waiting(tmp_path: Path) -> None:
    logs = [written(tmp_path / name / "metrics.csv", falling(20)) for name in "ab"]
    watcher = Watcher(tmp_path)
    watcher.look()
    watcher.following._costs[str(logs[0])] = 10.0
    watcher.following._read_due[True] = watcher.times.now + 1000
    for log in logs:
        appended(log, falling(21)[20:], 20)
    watcher.look()
    assert [each.run.points for each in watcher.following.runs.values()] == [20, 21]
    watcher.look(2000)
    assert [each.run.points for each in watcher.following.runs.values()] == [21, 21]


def test_a_file_that_never_becomes_a_log_is_not_read_all_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poem = tmp_path / "poem.txt"
    poem.write_text("no log,\n")
    watcher = Watcher(tmp_path, Times(cost=0.1))
    read: list[str] = []
    monkeypatch.setattr("curvewise.cli.following.runs_at", lambda paths, _: read.extend(paths) or ())
    for _ in range(60):
        poem.write_text(poem.read_text() + "but a poem\n")
        watcher.look(SOONEST)
    assert 1 <= len(read) <= 60 * SHARES[True] / 0.1 + 1


def test_a_run_that_appears_in_a_folder_is_found_without_reading_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path / "a" / "metrics.csv", falling())
    watcher = Watcher(tmp_path)
    watcher.look()
    read: list[str] = []

    def counted(paths: list[str], columns: Columns | None) -> Iterator[Run | Unreadable]:
        read.extend(paths)
        return runs_at(paths, columns)

    monkeypatch.setattr("curvewise.cli.following.runs_at", counted)
    written(tmp_path / "b" / "version_0" / "metrics.csv", blown())
    assert "non-finite" in watcher.look()
    assert read == [str(tmp_path / "b")]
    written(tmp_path / "c.csv", falling())
    watcher.look()
    assert read[1:] == [str(tmp_path / "c.csv")]
    assert len(watcher.following.runs) == 3
    (tmp_path / "c.csv").unlink()
    watcher.look()
    assert len(watcher.following.runs) == 2


def test_a_log_that_was_begun_anew_is_another_run(tmp_path: Path) -> None:
    log = written(tmp_path / "a.csv", blown())
    watcher = Watcher(log)
    assert "non-finite" in watcher.look()
    written(log, [(2 * a, 2 * b) for a, b in falling(10)])
    assert watcher.look() == []
    assert next(iter(watcher.following.runs.values())).growing.diagnosis.verdict != "problem"
    written(log, blown())
    assert "non-finite" in watcher.look()


def test_a_log_that_is_replaced_with_every_epoch_is_the_same_run(tmp_path: Path) -> None:
    log = written(tmp_path / "a.csv", blown())
    watcher = Watcher(log)
    assert "non-finite" in watcher.look()
    written(tmp_path / "new", [*blown(), blown()[-1]]).replace(log)
    assert watcher.look() == []
    assert watcher.run.points == 14


def test_a_log_that_appears_and_one_that_goes(tmp_path: Path) -> None:
    log = tmp_path / "a.csv"
    log.touch()
    watcher = Watcher(log)
    assert watcher.look() == []
    assert not watcher.following.runs
    assert watcher.following.unreadable
    written(log, falling())
    watcher.look()
    assert len(watcher.following.runs) == 1
    log.unlink()
    watcher.look()
    assert not watcher.following.runs


@pytest.mark.parametrize("path", [".", "./runs", "runs/", "../here/runs"])
def test_a_path_may_be_written_in_any_way(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = written(tmp_path / "here" / "runs" / "a" / "metrics.csv", falling(20))
    monkeypatch.chdir(tmp_path / "here")
    watcher = Watcher(Path(path))
    watcher.following = Following(path, None, watcher.times.clock, watcher.times.processor)
    watcher.look()
    appended(log, falling(21)[20:], 20)
    watcher.look()
    assert [each.run.points for each in watcher.following.runs.values()] == [21]
    assert next(iter(watcher.following.runs.values())).changed == pytest.approx(os.stat(log).st_mtime, abs=1)
    log.unlink()
    watcher.look()
    assert not watcher.following.runs


def test_names_that_are_not_shown_as_they_are(tmp_path: Path) -> None:
    log = written(tmp_path / "a\x1b[31m.csv", falling(20))
    watcher = Watcher(tmp_path)
    watcher.look()
    appended(log, falling(21)[20:], 20)
    watcher.look()
    assert watcher.run.points == 21
    assert next(iter(watcher.following.runs.values())).changed > 0


def test_changes_below_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "circle").symlink_to(tmp_path)
    one, two = tmp_path / "a" / "one.csv", tmp_path / "a" / "b" / "two.db"
    one.write_text("1")
    two.write_text("2")
    changes = Changes(str(tmp_path))
    assert changes.poll() == {str(one), str(two)}
    assert changes.poll() == set()
    (tmp_path / "a" / "b" / "two.db-wal").write_text("3")
    assert changes.poll() == {str(two)}
    one.unlink()
    assert changes.poll() == {str(one)}
    assert changes.modified(str(tmp_path / "a" / "b")) == pytest.approx(os.stat(two).st_mtime, abs=1)
    assert changes.modified(str(tmp_path / "none")) == 0
