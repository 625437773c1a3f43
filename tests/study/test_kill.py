"""Studies killed at random moments go on as if nothing had happened."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from curvewise.best import load
from curvewise.curves.ledger import Ledger
from curvewise.records import Event, Observed, Restored
from curvewise.store.history import History

COMMAND = (sys.executable, "-m", "curvewise")
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}
LOST_SECONDS = 2.0
"""What a kill may lose, or one epoch, whichever is longer (docs/architecture.md, "Store")."""


def events_of(folder: Path) -> list[Event]:
    with History.open(folder / "study.db", readonly=True) as history:
        return [event for _, event in history.since(0)]


def killed(arguments: list[str], after: float) -> int:
    """Run until ``after`` seconds, then kill -9; the exit code (0 where it ended before)."""
    process = subprocess.Popen(
        [*COMMAND, *arguments], env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        _, talk = process.communicate(timeout=after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return -9
    assert process.returncode == 0, talk.decode()
    return 0


def check_no_event_was_lost(before: list[Event], after: list[Event]) -> None:
    assert after[: len(before)] == before


def check_little_was_restored(before: list[Event], after: list[Event]) -> None:
    """Points that a Restored event voids are of the last 2 seconds, or one epoch."""
    ledger = Ledger.of(before)
    for event in after[len(before) :]:
        if isinstance(event, Restored):
            points = ledger.entries[event.trial].curve.points[event.epoch :]
            lost = sum(point.seconds for point in points[-1:]) - (
                ledger.entries[event.trial].curve.points[event.epoch - 1].seconds if event.epoch else 0.0
            )
            assert len(points) <= 1 or lost <= LOST_SECONDS + 1.0, (event, len(points), lost)


def check_no_trial_ran_twice_to_its_end(events: list[Event]) -> None:
    ledger = Ledger.of(events)
    last = Counter(
        point.trial
        for event in events
        if isinstance(event, Observed)
        for point in event.points
        if point.epoch == ledger.entries[point.trial].trial.horizon
    )
    ends = Counter(entry.trial.number for entry in ledger.entries.values() if entry.rule == "horizon reached")
    assert all(last[number] <= 2 for number in ends), last  # a kill between the point and its decision


def kill_and_resume(folder: Path, kills: int, seed: int) -> None:
    generator = random.Random(seed)
    start = ["tune", "digits", "--budget", "12s", "--seed", str(seed), "--out", str(folder), "-q"]
    code = killed(start, 3.0 + generator.random() * 3)
    if not (folder / "study.db").exists():
        assert killed(start, 120) == 0
    for _ in range(kills - 1):
        if code == 0:
            break
        before = events_of(folder)
        code = killed(["resume", str(folder), "-q"], 1.5 + generator.random() * 4)
        after = events_of(folder)
        check_no_event_was_lost(before, after)
        check_little_was_restored(before, after)
    assert killed(["resume", str(folder), "-q"], 120) == 0
    events = events_of(folder)
    check_no_trial_ran_twice_to_its_end(events)
    ledger = Ledger.of(events)
    assert ledger.chosen is not None and ledger.scored is not None
    assert ledger.scored.test["error"] < 0.10
    best = load(folder)
    assert best.scores["test"] == ledger.scored.test
    assert msgspec.json.encode(best.description.best.configuration)


def test_killed_three_times_and_resumed(tmp_path: Path) -> None:
    kill_and_resume(tmp_path / "study", 3, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_killed_twenty_times_and_resumed(tmp_path: Path, seed: int) -> None:
    """Five studies, four kills each."""
    kill_and_resume(tmp_path / "study", 4, seed=seed)
