"""``show``: a study, a trial, a figure; from the history alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from curvewise.cli.main import run
from curvewise.store.history import History
from tests.report.histories import finished


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "digits-1"
    folder.mkdir()
    with History.create(folder / "study.db") as history:
        history.append(finished())
    return folder


@pytest.fixture
def study(written: Path, tmp_path: Path) -> str:
    return str(shutil.copytree(written, tmp_path / "digits-1"))


def test_a_study(study: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", study]) == 0
    assert "test error           2.50 %" in capsys.readouterr().out
    assert run(["show", study, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["trials"] == 18


def test_a_trial(study: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", study, "--trial", "13"]) == 0
    assert "trial 13 of digits-1" in capsys.readouterr().out
    assert run(["show", study, "--trial", "13", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["trial"] == 13
    assert run(["show", study, "--trial", "99"]) == 2
    assert "there is no trial 99" in capsys.readouterr().err


def test_a_figure(study: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib", reason="figures need matplotlib")
    drawn = tmp_path / "curves.svg"
    assert run(["show", study, "--figure", str(drawn)]) == 0
    assert drawn.read_text().startswith("<?xml")
    assert capsys.readouterr().out == ""
    assert run(["show", study, "--figure", str(tmp_path / "curves.gif")]) == 2
    assert "png, svg, pdf" in capsys.readouterr().err
    assert not (tmp_path / "curves.gif").exists()


def test_what_is_no_study_names_those_nearby(study: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", str(Path(study).parent / "digits-2")]) == 2
    assert f"studies nearby: {study}" in capsys.readouterr().err


def test_a_damaged_history_is_said(study: str, capsys: pytest.CaptureFixture[str]) -> None:
    (Path(study) / "study.db").write_bytes(b"no database at all" * 100)
    assert run(["show", study]) == 2
    shown = capsys.readouterr().err
    assert "study.db" in shown
    assert "Traceback" not in shown


def test_what_mattered(study: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["importance", study]) == 0
    assert "What mattered in digits-1" in capsys.readouterr().out
    assert run(["importance", study, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["task"] == "classification"
    assert {each["hyperparameter"] for each in shown["importance"]} >= {"learning_rate", "units"}
    assert run(["importance", study, "--figure", str(tmp_path / "mattered.svg")]) == 2
    assert "nothing to draw" in capsys.readouterr().err


def test_what_mattered_in_more_trials(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib", reason="figures need matplotlib")
    with History.create(tmp_path / "study.db") as history:
        history.append(finished(60))
    assert run(["importance", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "█" in told.splitlines()[2]
    assert "none that could be told" in told
    assert max(len(line) for line in told.splitlines()) <= 80
    drawn = tmp_path / "mattered.svg"
    assert run(["importance", str(tmp_path), "--figure", str(drawn)]) == 0
    assert drawn.read_text().startswith("<?xml")
