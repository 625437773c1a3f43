"""``tune`` and ``resume``: what goes to which stream, and what Ctrl-C does."""

from __future__ import annotations

import io
import json
import os
import signal
import sys

import pytest

from curvewise.cli.main import run
from tests.cli.conftest import MadeUpTune
from tests.report.histories import race
from tests.search.article.formula import run as article


def test_the_answer_is_on_stdout_and_the_talk_on_stderr(
    tune: MadeUpTune, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["tune", "digits", "--budget", "60s"]) == 0
    shown = capsys.readouterr()
    assert "test error           2.50 %" in shown.out
    assert shown.err.startswith("digits-1: classification, 10 classes")
    assert "note: column 'pixel_0_0' is constant: dropped" in shown.err
    assert "\x1b" not in shown.out + shown.err


def test_everything_asked_for_reaches_the_study(tune: MadeUpTune) -> None:
    line = [
        "tune",
        "houses.csv",
        "--target",
        "price",
        "--task",
        "regression",
        "--space",
        "s.toml",
        "--seed",
        "3",
        "--rows",
        "500",
    ]
    assert run([*line, "--budget", "300e", "--out", "here", "--threads", "2", "--deterministic", "-q"]) == 0
    asked = tune.asked
    assert asked.pop("started") > 0
    assert asked == {
        "positional": ("houses.csv",),
        "target": "price",
        "task": "regression",
        "model": "auto",
        "policy": "race",
        "rows": 500,
        "space": "s.toml",
        "seed": 3,
        "budget": "300e",
        "out": "here",
        "threads": 2,
        "deterministic": True,
        "command": "curvewise " + " ".join(line) + " --budget 300e --out here --threads 2 --deterministic -q",
    }


def test_resume_passes_the_total_on(tune: MadeUpTune) -> None:
    assert run(["resume", "runs/x y", "--budget", "2m", "-q"]) == 0
    assert tune.asked["positional"] == ("runs/x y",)
    assert tune.asked["budget"] == "2m"
    assert tune.asked["command"] == "curvewise resume 'runs/x y' --budget 2m -q"


def test_json_is_one_object_and_nothing_else(tune: MadeUpTune, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tune", "digits", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["folder"] == "runs/digits-1"
    assert shown["best"]["test"]["error"] == 0.025


def test_quiet_says_nothing_but_the_result(tune: MadeUpTune, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tune", "digits", "-q"]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert len(shown.out.splitlines()) == 4


def test_a_study_without_an_answer_is_a_failure(tune: MadeUpTune, capsys: pytest.CaptureFixture[str]) -> None:
    tune.events = race()[:1]
    assert run(["tune", "digits", "--json"]) == 1
    shown = capsys.readouterr()
    assert json.loads(shown.out)["best"] is None
    assert "error: every trial diverged" in shown.err


def test_verbose_tells_every_decision(tune: MadeUpTune, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tune", "digits", "-v"]) == 0
    assert "trial 0 started (sobol): " in capsys.readouterr().err


def press(number: int, times: int = 1, when: int = 10) -> MadeUpTune:
    def meanwhile(at: int) -> None:
        if at == when:
            for _ in range(times):
                os.kill(os.getpid(), number)

    return MadeUpTune(events=race(), meanwhile=meanwhile)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_interrupt_ends_well(number: int, tune: MadeUpTune, capsys: pytest.CaptureFixture[str]) -> None:
    tune.meanwhile = press(number).meanwhile
    before = signal.getsignal(number)
    assert run(["tune", "digits"]) == 130
    shown = capsys.readouterr()
    assert "finishing this epoch; Ctrl-C again to stop now" in shown.err
    assert shown.err.endswith("stopped; go on with: curvewise resume runs/digits-1\n")
    assert "best so far" in shown.out
    assert signal.getsignal(number) is before


def test_an_interrupt_before_the_study_promises_no_epoch(
    tune: MadeUpTune, capsys: pytest.CaptureFixture[str]
) -> None:
    tune.meanwhile = press(signal.SIGINT, when=0).meanwhile
    assert run(["tune", "digits"]) == 130
    shown = capsys.readouterr()
    assert "stopping before training begins; Ctrl-C again to stop now" in shown.err
    assert "this epoch" not in shown.err


def test_two_interrupts_end_now(tune: MadeUpTune, capsys: pytest.CaptureFixture[str]) -> None:
    tune.meanwhile = press(signal.SIGINT, 2).meanwhile
    assert run(["tune", "digits", "--out", "elsewhere"]) == 130
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "stopped at once; go on with: curvewise resume elsewhere\n" in shown.err


def test_an_interrupted_study_is_an_object_too(tune: MadeUpTune, capsys: pytest.CaptureFixture[str]) -> None:
    tune.meanwhile = press(signal.SIGINT).meanwhile
    assert run(["tune", "digits", "--json"]) == 130
    assert json.loads(capsys.readouterr().out)["best"]["test"] is None


class Terminal(io.StringIO):
    """Says that it is one."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_there_is_a_live_table(tune: MadeUpTune, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    assert run(["tune", "digits"]) == 0
    shown = screen.getvalue()
    assert "\x1b[?25l" in shown  # the cursor is hidden while the table is redrawn
    assert shown.rstrip().endswith("\x1b[2K") or "\x1b[?25h" in shown  # and comes back
    assert "note: column 'pixel_0_0' is constant: dropped" in shown


def test_a_terminal_that_cannot_move_its_cursor_gets_lines(
    tune: MadeUpTune, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "dumb")
    assert run(["tune", "digits"]) == 0
    assert "\x1b" not in screen.getvalue()
    assert "digits-1: classification" in screen.getvalue()


class Broken(io.StringIO):
    """A pipe whose reader has gone, or a full disk."""

    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("more", [[], ["-v"]])
def test_a_study_goes_on_where_nobody_hears_of_it(
    more: list[str], tune: MadeUpTune, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stderr", Broken())
    assert run(["tune", "digits", *more]) == 0
    assert "test error" in capsys.readouterr().out


def test_an_end_that_nobody_hears_of_has_its_exit_code(
    tune: MadeUpTune, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stderr", Broken())
    tune.meanwhile = press(signal.SIGINT).meanwhile
    assert run(["tune", "digits"]) == 130
    assert "best so far" in capsys.readouterr().out
    tune.events = race()[:1]
    assert run(["tune", "digits"]) == 1
    assert run(["tune"]) == 2


def test_streams_that_are_closed_are_no_trouble(tune: MadeUpTune, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert run(["tune", "digits"]) == 0
    assert run(["tune", "digits", "--json"]) == 0
    assert run(["tune"]) == 2


def test_the_articles_policy_narrates_every_move(
    tune: MadeUpTune, capsys: pytest.CaptureFixture[str]
) -> None:
    tune.events = article()
    assert run(["tune", "digits", "--policy", "article"]) == 0
    assert tune.asked["policy"] == "article"
    shown = capsys.readouterr()
    moves = [line for line in shown.err.splitlines() if line[:3].strip().isdigit()]
    assert moves[0].startswith("  1  learning rate 0.01: where the article starts; ")
    assert ": kept" in moves[0] and len(moves) > 3
    assert "what came of it" in shown.out
