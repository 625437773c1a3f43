"""A process killed while it appends leaves whole rounds, in order, and nothing else."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from curvewise.records import Noted, Observed
from curvewise.store.history import History

WRITER = """
import sys
from curvewise.records import Noted, Observed, Point
from curvewise.store.history import History

def a_round(number):
    return Observed(0.0, [Point(trial, number, 30, *[0.5] * 8) for trial in range(200)])

with History.open(sys.argv[1]) as history:
    print("ready", flush=True)
    for number in range(int(sys.argv[2]), 1_000_000):
        history.append([Noted(str(number)), a_round(number), Noted(str(number))])
"""


def killed_after(seconds: float, path: Path, start: int) -> None:
    command = [sys.executable, "-c", WRITER, str(path), str(start)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        time.sleep(seconds)
        writer.kill()


def kill_repeatedly(path: Path, times: int) -> None:
    delays = random.Random(0)
    History.create(path).close()
    rounds = 0
    for _ in range(times):
        killed_after(delays.uniform(0.0, 0.3), path, rounds)
        with History.open(path, readonly=True) as history:
            events = [event for _, event in history.since()]
        assert len(events) % 3 == 0
        rounds = len(events) // 3
        texts = [event.text for event in events if isinstance(event, Noted)]
        assert texts == [str(number) for number in range(rounds) for _ in range(2)]
        assert all(len(event.points) == 200 for event in events if isinstance(event, Observed))
    assert rounds > 0
    with History.open(path) as history:
        history.append([Noted("resumed")])
        assert len(history.since()) == 3 * rounds + 1


def test_a_killed_writer_leaves_whole_rounds(tmp_path: Path) -> None:
    kill_repeatedly(tmp_path / "study.db", 4)


@pytest.mark.slow
def test_a_writer_killed_again_and_again_leaves_whole_rounds(tmp_path: Path) -> None:
    kill_repeatedly(tmp_path / "study.db", 60)
