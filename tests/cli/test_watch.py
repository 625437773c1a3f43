"""``watch``: runs as they grow, on a terminal, in a pipe, as JSON lines."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest
from rich.console import Console

from curvewise.cli.following import Following
from curvewise.cli.main import run
from curvewise.cli.watching import PlainLines, Table
from curvewise.report.glyphs import ASCII, UNICODE
from curvewise.report.plain import as_plain
from curvewise.report.schema import schema
from curvewise.report.watched import Watched, watched_table
from tests.cli.logs import blown, falling, turning, written
from tests.report.runs import overfitting, problem


def test_once_shows_the_table_and_what_was_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = written(tmp_path / "a.csv", blown())
    assert run(["watch", str(log), "--once"]) == 0
    shown = capsys.readouterr().out
    assert shown.splitlines()[0].split()[0] == "run"
    assert "non-finite" in shown.splitlines()[1]
    assert "learning rate: 0.1 -> 0.01" in " ".join(shown.split())


def test_json_is_a_line_for_each_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["watch", str(written(tmp_path / "a.csv", turning())), "--once", "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines
    for line in lines:
        jsonschema.validate(json.loads(line), json.loads(schema("watch")))
    assert "overfitting" in [json.loads(line)["finding"]["sign"] for line in lines]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("none.csv", "there is no such file or folder"),
        ("-", "watch follows files"),
        ("empty.csv", "empty.csv"),
        ("empty", "empty: no training log in this folder and those below it yet"),
    ],
)
def test_what_cannot_be_watched(
    path: str,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty.csv").touch()
    Path("empty").mkdir()
    assert run(["watch", path, "--once"]) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert "Traceback" not in shown.err
    assert "waiting" not in shown.out  # it does not wait


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_with_a_summary(number: signal.Signals, tmp_path: Path) -> None:
    log = written(tmp_path / "a.csv", blown())
    command = [sys.executable, "-m", "curvewise", "watch", str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None
        first = watching.stdout.readline()
        found = watching.stdout.readline()
        time.sleep(0.2)
        watching.send_signal(number)
        rest, errors = watching.communicate(timeout=60)
    assert first.startswith("problem ")
    assert "non-finite: " in found
    assert rest.splitlines()[-1].startswith("1 run: 1 with a problem; 1 finding in ")
    assert errors == ""
    assert watching.returncode == 130


def test_the_live_table_is_redrawn_and_findings_scroll_by(tmp_path: Path) -> None:
    log = written(tmp_path / "a.csv", blown())
    following = Following(str(log))
    drawn = io.StringIO()
    table = Table(Console(file=drawn, force_terminal=True, width=70, height=20, color_system=None))
    with table.shown():
        table.tell(following, following.look())
        table.tell(following, [])
    text = drawn.getvalue()
    assert text.count("so far") >= 2
    assert text.count("learning rate: 0.1 -> 0.01") == 1


def test_nothing_to_read_yet_is_said(tmp_path: Path) -> None:
    drawn = io.StringIO()
    table = Table(Console(file=drawn, force_terminal=True, width=70, height=20))
    with table.shown():
        table.tell(Following(str(tmp_path)), [])
    assert "nothing to read yet" in drawn.getvalue()


@pytest.mark.parametrize("width", [30, 50, 80, 200])
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_the_table_fits_the_terminal(width: int, glyphs: object) -> None:
    seen = overfitting()
    rows = [Watched(seen, problem(seen), 10.0**place) for place in range(8)]
    shown = as_plain(watched_table(rows, width, 6, glyphs), width).splitlines()  # type: ignore[arg-type]
    assert len(shown) <= 6
    assert max(map(len, shown)) <= width
    assert "overfitting" in shown[1]
    assert shown[-1] == "and 4 that changed earlier"
    assert ("train" in shown[0]) == (width >= 80)
    assert "\n".join(shown).isascii() == (glyphs is ASCII or width < 80)


def test_no_heavy_package_is_loaded(tmp_path: Path) -> None:
    log = written(tmp_path / "a.csv", falling())
    code = (
        "import sys; from curvewise.cli.main import run; code = run(sys.argv[1:]); "
        "print(sorted({'torch', 'polars', 'sklearn', 'scipy', 'sqlalchemy'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, "watch", str(log), "--once"]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout
    assert shown.splitlines()[-1] == "[]"


def test_plain_lines_say_each_run_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "a.csv"
    log.touch()
    following, lines = Following(str(log), None, iter(range(0, 10**6, 100)).__next__), PlainLines()
    with lines.shown():
        lines.tell(following, following.look())
        written(log, blown())
        for _ in range(3):
            lines.tell(following, following.look())
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) == 2
    assert shown[0].startswith("problem ")
    assert "non-finite" in shown[1]
