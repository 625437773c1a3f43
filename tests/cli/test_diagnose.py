"""``diagnose``: anyone's log in, what is wrong and what to change out."""

from __future__ import annotations

import io
import json
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from curvewise.cli.main import run
from curvewise.report.schema import schema
from curvewise.store.history import History
from tests.cli.logs import blown, falling, turning, written
from tests.cli.terminal import on_a_terminal, plain
from tests.report.histories import finished, opened

COLOUR = re.compile(r"\x1b\[[0-9;]*3\dm")


@pytest.fixture
def faulty(tmp_path: Path) -> str:
    return str(written(tmp_path / "blown.csv", blown()))


@pytest.fixture
def fine(tmp_path: Path) -> str:
    return str(written(tmp_path / "fine.csv", falling()))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("runs") / "digits-1"
    folder.mkdir()
    with History.create(folder / "study.db") as history:
        history.append(finished(30))
    return str(folder)


def test_one_run_is_drawn_with_its_finding_and_the_next_value(
    faulty: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["diagnose", faulty]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith(f"problem  {faulty}  13 epochs\n")
    assert "non-finite" in shown.out
    assert "learning rate: 0.1 -> 0.01" in shown.out
    assert "× not finite" in shown.out
    assert "\x1b" not in shown.out
    assert shown.err == ""


def test_a_healthy_run_is_called_healthy(fine: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diagnose", fine]) == 0
    assert capsys.readouterr().out.startswith(f"healthy  {fine}  40 epochs\n")


def test_where_one_cannot_tell_what_is_missing_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["diagnose", str(written(tmp_path / "short.csv", falling(3))), "--check"]) == 0
    shown = capsys.readouterr().out
    assert "cannot tell" in shown
    assert "what it would take to tell\n  3 points" in shown


def test_of_many_runs_each_is_a_line_and_only_problems_are_drawn(
    faulty: str, fine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["diagnose", faulty, fine]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith("problem ")
    assert shown[1].startswith("healthy ")
    assert shown[2] == f"2 runs in {Path(fine).parent}: 1 with a problem, 1 healthy"
    assert f"problem  {faulty}  13 epochs" in shown
    assert f"healthy  {fine}  40 epochs" not in shown
    assert run(["diagnose", faulty, fine, "--all"]) == 0
    assert f"healthy  {fine}  40 epochs" in capsys.readouterr().out


def test_of_very_many_problems_a_few_of_each_kind_are_drawn_and_all_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(9):
        written(tmp_path / "runs" / f"a{number}.csv", blown())
    written(tmp_path / "runs" / "z.csv", turning())
    folder = str(tmp_path / "runs")
    assert run(["diagnose", folder]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[10] == f"10 runs in {folder}: 10 with a problem"
    assert shown[11] == "problems: 9 non-finite, 1 overfitting"
    assert sum(line.startswith(f"problem  {folder}") for line in shown) == 6  # 5, and the first of its kind
    assert f"problem  {folder}/z.csv  40 epochs" in shown
    assert shown[-1] == "drawn are 6 of the 10 with a problem; --all draws every run"
    assert run(["diagnose", folder, "--all"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert sum(line.startswith(f"problem  {folder}") for line in shown) == 10
    assert not shown[-1].startswith("drawn")


def test_check_is_for_ci(faulty: str, fine: str, tmp_path: Path) -> None:
    assert run(["diagnose", fine, "--check"]) == 0
    assert run(["diagnose", fine, faulty, "--check"]) == 3
    assert run(["diagnose", fine, str(tmp_path / "moved.csv"), "--check"]) == 2
    assert run(["diagnose", faulty, str(tmp_path / "moved.csv"), "--check", "--json"]) == 3


def test_json_obeys_its_schema_and_has_no_nan(
    faulty: str, fine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["diagnose", faulty, fine, str(tmp_path / "none"), "--json"]) == 0

    def refuse(literal: str) -> None:
        pytest.fail(f"{literal} is no JSON")

    told = json.loads(capsys.readouterr().out, parse_constant=refuse)
    jsonschema.validate(told, json.loads(schema("diagnosis")))
    assert [each["verdict"] for each in told["runs"]] == ["problem", "healthy"]
    first = told["runs"][0]["findings"][0]
    assert first["hyperparameter"] == "learning_rate"
    assert first["factor"] == 0.1
    assert first["advice"] == "learning rate: 0.1 -> 0.01"
    assert told["runs"][0]["source"] == faulty
    assert told["unreadable"][0]["source"] == str(tmp_path / "none")


def test_what_cannot_be_read_does_not_stop_the_others(
    fine: str, faulty: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    poem = tmp_path / "poem.txt"
    poem.write_text("no log at all,\nbut a poem\n")
    assert run(["diagnose", fine, str(poem), faulty]) == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines()[2].endswith(": 1 with a problem, 1 healthy")
    assert shown.err.startswith(f"not read: {poem}: ")


def test_a_path_that_is_not_there(fine: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diagnose", fine[:-5] + "a.csv"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "there is no such file or folder; did you mean" in shown.err
    assert fine in shown.err


def test_an_empty_path_is_no_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diagnose", ""]) == 2
    assert "the empty path" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"\x00\xff" * 500, b"a poem\n", b"{}"])
def test_a_file_in_which_nothing_can_be_read(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.log").write_bytes(content)
    assert run(["diagnose", str(tmp_path / "x.log")]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("error: ")
    assert "x.log" in shown.err
    assert "Traceback" not in shown.err


def test_standard_input(
    fine: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (["diagnose", "-"], ["diagnose"]):
        stream = io.TextIOWrapper(io.BytesIO(Path(fine).read_bytes()))
        monkeypatch.setattr("sys.stdin", stream)
        assert run(arguments) == 0
        assert capsys.readouterr().out.startswith("healthy  standard input  40 epochs\n")


def test_no_argument_on_a_terminal_explains_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    assert run(["diagnose"]) == 2
    shown = capsys.readouterr().err
    assert "which curves?" in shown
    assert "See: curvewise diagnose --help" in shown


def test_a_study_is_its_trials(study: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diagnose", study]) == 0
    shown = capsys.readouterr().out
    assert " trial 0 " in shown
    assert f"36 runs in {study}: " in shown
    assert run(["diagnose", study, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {each["source"] for each in told["runs"]} == {study}
    assert all(each["unit"] == "epoch" for each in told["runs"])


def test_a_studys_database_and_a_folder_of_studies_and_logs(
    study: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["diagnose", f"{study}/study.db"]) == 0
    assert "36 runs in " in capsys.readouterr().out
    shutil.copytree(study, tmp_path / "runs" / "digits-1")
    assert run(["diagnose", str(tmp_path / "runs")]) == 0
    assert f"36 runs in {tmp_path / 'runs'}: " in capsys.readouterr().out
    written(tmp_path / "runs" / "other" / "metrics.csv", falling())
    assert run(["diagnose", str(tmp_path / "runs")]) == 0
    assert "37 runs in " in capsys.readouterr().out


def test_a_study_without_curves_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with History.create(tmp_path / "study.db") as history:
        history.append([opened()])
    assert run(["diagnose", str(tmp_path)]) == 2
    assert "no trial of this study has finished an epoch yet" in capsys.readouterr().err


def process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    code = (
        "import sys; from curvewise.cli.main import run; code = run(sys.argv[1:]); "
        "heavy = {'torch', 'polars', 'sklearn', 'scipy', 'matplotlib', 'sqlalchemy'}; "
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr); sys.exit(code)"
    )
    command = [sys.executable, "-c", code, "diagnose", *arguments]
    return subprocess.run(
        command, capture_output=True, timeout=60, check=False, env={"PATH": "", **environment}
    )


def test_no_heavy_package_is_loaded(faulty: str, study: str) -> None:
    assert process(faulty, faulty).stderr == process(faulty, "--json").stderr == b"[]\n"
    assert process(study).stderr == b"['sqlalchemy']\n"


def test_plain_characters_where_the_terminal_has_no_others(faulty: str) -> None:
    shown = process(faulty, PYTHONIOENCODING="latin-1").stdout.decode("latin-1")
    assert "x not finite" in shown
    assert "+----" in shown
    assert process(faulty, PYTHONIOENCODING="utf-8").stdout.decode().count("×") >= 2


@pytest.mark.parametrize("width", [50, 140])
def test_on_a_terminal_it_has_colours_and_its_width(
    faulty: str, fine: str, width: int, tmp_path: Path
) -> None:
    names = [Path(path).name for path in (faulty, fine)]
    shown = on_a_terminal(["diagnose", *names], width, cwd=str(tmp_path))
    assert COLOUR.search(shown)
    lines = plain(shown).splitlines()
    assert max(map(len, lines)) <= width
    assert lines[0].startswith("problem ")
    assert "  learning rate: 0.1 -> 0.01" in lines


def test_no_colour_where_none_is_wanted(faulty: str, tmp_path: Path) -> None:
    shown = on_a_terminal(["diagnose", Path(faulty).name], 80, cwd=str(tmp_path), NO_COLOR="1")
    assert "non-finite" in shown
    assert not COLOUR.search(shown)


def test_a_small_log_is_answered_soon(faulty: str) -> None:
    """Half a second is promised, twice allowed: of processor time, since others may share the machine."""

    def seconds() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert process(faulty).returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(seconds() for _ in range(3)) < 1.0


def test_columns_can_be_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "odd.csv"
    rows = [f"{epoch},{train},{valid}" for epoch, (train, valid) in enumerate(falling())]
    log.write_text("\n".join(["round,cost a,cost b", *rows]))
    assert run(["diagnose", str(log), "--x", "round", "--train", "cost a", "--valid", "cost b"]) == 0
    assert "•" in capsys.readouterr().out
    assert run(["diagnose", str(log), "--train", "cost c"]) == 2
    assert "cost c" in capsys.readouterr().err


def test_a_folder_of_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, rows in (("a", falling()), ("b", blown())):
        written(tmp_path / "runs" / name / "metrics.csv", rows)
    shutil.copy(Path(__file__), tmp_path / "runs" / "train.py")
    assert run(["diagnose", str(tmp_path / "runs")]) == 0
    assert ": 1 with a problem, 1 healthy" in capsys.readouterr().out
