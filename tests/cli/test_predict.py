"""``predict``: CSV on stdout or in a file, whole or not at all."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from curvewise.cli.main import run
from curvewise.cli.whole_file import write_whole
from curvewise.errors import UsageError


class MadeUpBest:
    """Stands in for ``curvewise.best.Best``."""

    per_step = False

    def __init__(self, classes: list[str] | None) -> None:
        self.classes = classes

    def predict(self, data: str) -> np.ndarray:
        return np.array(["a,b", "c"]) if self.classes else np.array([1.5, -2.0], dtype=np.float32)

    def probabilities(self, data: str) -> np.ndarray:
        return np.array([[0.75, 0.25], [0.5, 0.5]])


@pytest.fixture(params=[["a,b", "c"], None], ids=["classification", "regression"])
def best(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> MadeUpBest:
    found = MadeUpBest(request.param)
    module = ModuleType("curvewise.best")
    module.__dict__["load"] = lambda _: found
    monkeypatch.setitem(sys.modules, "curvewise.best", module)
    return found


def test_predictions(best: MadeUpBest, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["predict", "runs/x", "new.csv"]) == 0
    assert capsys.readouterr().out == ("prediction\n" + ('"a,b"\nc\n' if best.classes else "1.5\n-2.0\n"))


def test_probabilities(best: MadeUpBest, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["predict", "runs/x", "new.csv", "--proba"])
    shown = capsys.readouterr()
    if best.classes:
        assert code == 0
        assert shown.out.splitlines()[:2] == [
            'prediction,"probability of a,b",probability of c',
            '"a,b",0.75,0.25',
        ]
    else:
        assert code == 2
        assert "regression" in shown.err


def test_the_input_is_never_overwritten(
    best: MadeUpBest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "new.csv"
    data.write_text("x\n1\n")
    (tmp_path / "link.csv").symlink_to(data)
    assert run(["predict", "runs/x", str(data), "-o", str(tmp_path / "link.csv")]) == 2
    assert "another name" in capsys.readouterr().err
    assert data.read_text() == "x\n1\n"
    assert run(["predict", "runs/x", str(data), "-o", str(tmp_path / "out.csv")]) == 0
    assert (tmp_path / "out.csv").read_text().startswith("prediction\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.csv", "new.csv", "out.csv"]


def test_a_folder_that_is_not_there(
    best: MadeUpBest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["predict", "runs/x", "new.csv", "-o", str(tmp_path / "no" / "out.csv")]) == 2
    assert "No such file or directory" in capsys.readouterr().err


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "out.csv"
    target.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UsageError, match=r"out\.csv cannot be written: No space"):
        write_whole(target, b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
    assert target.read_bytes() == b"old"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a named pipe")
def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_whole(pipe, b"new")
    assert os.read(reader, 10) == b"new"
    os.close(reader)
    assert pipe.is_fifo()


def test_a_link_stays_one(tmp_path: Path) -> None:
    target, link = tmp_path / "out.csv", tmp_path / "link.csv"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_whole(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


@pytest.mark.parametrize("name", ["", "."])
def test_a_folder_is_no_file(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="is a folder"):
        write_whole(Path(name), b"new")
    assert not list(tmp_path.iterdir())


def test_what_a_program_reads_is_utf_8_whatever_the_locale(
    best: MadeUpBest, monkeypatch: pytest.MonkeyPatch
) -> None:
    received = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(received, encoding="ascii"))
    best.classes = ["é", "c"]
    assert run(["predict", "runs/x", "new.csv", "--proba"]) == 0
    assert "probability of é" in received.getvalue().decode()
