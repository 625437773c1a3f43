"""The command line as a whole: fast, helpful, and never a traceback unless asked for."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import curvewise.cli.main as entry
from curvewise import __version__
from curvewise.cli.main import COMMANDS, run
from curvewise.cli.manual import manual
from curvewise.errors import DataError, EngineError, StoreError
from tests.cli.conftest import MadeUpTune

SLOW = {"torch", "numpy", "polars", "sklearn", "scipy", "sqlalchemy", "rich", "msgspec", "matplotlib"}


def in_a_process(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("arguments", [["--help"], ["tune", "--help"], ["doctor", "-h"], ["--version"]])
def test_help_imports_nothing_slow(arguments: list[str]) -> None:
    shown = in_a_process(
        f"import sys; from curvewise.cli.main import run; code = run({arguments}); "
        f"print(sorted({SLOW} & set(sys.modules)), code, file=sys.stderr)"
    )
    assert shown.stderr == "[] 0\n"
    assert shown.stdout


def test_help_answers_in_less_than_a_third_of_a_second() -> None:
    """The best of five: other processes may share this machine."""

    def seconds() -> float:
        started = time.perf_counter()
        assert in_a_process("from curvewise.cli.main import run; run(['--help'])").returncode == 0
        return time.perf_counter() - started

    assert min(seconds() for _ in range(5)) < 0.3


def test_every_command_has_help_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    for name in COMMANDS:
        assert run([name, "-h"]) == 0
        assert f"curvewise {name}" in capsys.readouterr().out.partition("Examples:")[2]


def test_the_manual_is_what_help_prints() -> None:
    committed = Path(__file__).parents[2] / "docs" / "cli.md"
    assert committed.read_text() == manual()


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"curvewise, version {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tun", "digits"], "error: No such command 'tun'. Did you mean 'tune'?"),
        (["tune", "digits", "--budgett", "5s"], "(Did you mean one of: '--budget',"),
        (["tune", "digits", "--budget", "soon"], "1h30m"),
        (["tune", "digits", "--budget", "60"], "the unit is missing"),
        (["tune", "digits", "--seed", "-1"], "--seed"),
        (["tune"], "Missing argument 'DATA'"),
        (["completion", "csh"], "'bash', 'zsh', 'fish'"),
    ],
)
def test_usage_errors(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert shown.err.startswith("error: ")
    assert len(shown.err.splitlines()) <= 2
    assert shown.out == ""


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (DataError("row 3 of x.csv is short"), 2, "error: row 3 of x.csv is short\n"),
        (StoreError("study.db is damaged"), 2, "error: study.db is damaged\n"),
        (EngineError("no kernel"), 1, "error: no kernel\n"),
        (
            OSError(errno.ENOSPC, "No space left on device", "runs"),
            2,
            "error: No space left on device: runs\n",
        ),
        (MemoryError(), 1, "error: out of memory\n"),
        (ValueError("odd"), 1, "error: unexpected ValueError: odd\nThis is a fault of curvewise. --debug"),
        (ValueError(), 1, "error: unexpected ValueError\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
    ],
)
def test_every_error_is_a_line_or_two(
    error: BaseException, code: int, message: str, tune: MadeUpTune, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: int) -> None:
        raise error

    tune.meanwhile = fail
    assert run(["tune", "digits", "-q"]) == code
    shown = capsys.readouterr()
    assert shown.err.lstrip().startswith(message)
    assert "Traceback" not in shown.err
    assert shown.out == ""


def test_debug_shows_the_traceback(tune: MadeUpTune, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(_: int) -> None:
        raise DataError("row 3 is short")

    tune.meanwhile = fail
    assert run(["tune", "digits", "-q", "--debug"]) == 2
    shown = capsys.readouterr().err
    assert "Traceback" in shown
    assert shown.endswith("error: row 3 is short\n")


def test_a_reader_that_has_gone_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [
        sys.executable,
        "-c",
        "from curvewise.cli.main import run; import sys; sys.exit(run(['--help']))",
    ]
    with os.fdopen(writing, "wb") as nobody:
        shown = subprocess.run(command, stdout=nobody, stderr=subprocess.PIPE, timeout=60, check=False)
    assert shown.stderr == b""
    assert shown.returncode == 1


def test_options_come_from_the_environment_too(tune: MadeUpTune, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURVEWISE_TUNE_BUDGET", "7s")
    assert run(["tune", "digits", "-q"]) == 0
    assert tune.asked["budget"] == "7s"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    assert "_CURVEWISE_COMPLETE" in capsys.readouterr().out


def test_completion_completes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("_CURVEWISE_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "curvewise res")
    monkeypatch.setenv("COMP_CWORD", "1")
    with pytest.raises(SystemExit):
        entry.run([])
    assert "resume" in capsys.readouterr().out
