"""What is wrong with what was asked is a sentence, exit code 2, and nothing on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from curvewise.cli.main import run

GOOD = "".join(f"{i},{i * 0.5},{'pq'[i % 2]}\n" for i in range(1, 41))
FILES: dict[str, bytes] = {
    "good.csv": f"a,b,y\n{GOOD}".encode(),
    "empty.csv": b"",
    "header.csv": b"a,b,y\n",
    "one.csv": b"a,b,y\n" + b"1,2,k\n" * 20,
    "few.csv": "a,y\n{}".format("".join(f"{i},k{i % 4}\n" for i in range(9))).encode(),
    "constant.csv": b"a,y\n" + b"1,p\n1,q\n" * 10,
    "infinite.csv": f"a,b,y\ninf,1,p\n{GOOD}".encode(),
    "twice.csv": f"a,a,y\n{GOOD}".encode(),
    "mixed.csv": f"a,b,y\noops,1,p\n{GOOD}".encode(),
    "latin.csv": f"a,b,y\n{GOOD}".replace("p", "é").encode("latin-1"),
    "wide.csv": f"a,b,y\n{GOOD}".encode("utf-16"),
    "space.toml": b"learnin_rate = 1\n",
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    np.savez(tmp_path / "objects.npz", X=np.array([[{}]] * 9), y=np.arange(9))
    return tmp_path


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("gone.csv", "There is no file 'gone.csv'"),
        ("iriss", "Did you mean 'iris'?"),
        (".", ". is a folder"),
        ("empty.csv", "empty.csv is empty"),
        ("header.csv", "no rows"),
        ("one.csv", "one class only ('k')"),
        ("few.csv", "at least 12 are needed"),
        ("constant.csv", "'a' (always 1)"),
        ("infinite.csv", "column 'a', line 2 of infinite.csv"),
        ("twice.csv", "both named 'a'"),
        ("mixed.csv", "'oops' is not a number (column 'a', line 2 of mixed.csv)"),
        ("latin.csv", "iconv -f LATIN1"),
        ("wide.csv", "iconv -f UTF-16"),
        ("objects.npz", "unpickling runs code"),
        ("good.csv --target z", "There are: a, b, y"),
        ("good.csv --task regression", "A regression needs numbers"),
        ("good.csv --budget 60", "the unit is missing"),
        ("good.csv --budget fast", "'fast' is not a budget"),
        ("good.csv --budget 5s --deterministic", "needs a budget in epochs"),
        ("good.csv --space space.toml", "did you mean learning_rate?"),
        ("good.csv --space gone.toml", "gone.toml: cannot be read"),
        ("good.csv --out .", "never overwritten: choose another --out"),
        ("good.csv --out good.csv/x", "cannot be made"),
    ],
)
def test_is_said_and_nothing_is_written(
    line: str, words: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(here.rglob("*"))
    assert run(["tune", *line.split()]) == 2
    shown = capsys.readouterr()
    assert words in shown.err
    assert shown.err.startswith("error: ")
    assert "Traceback" not in shown.err
    assert shown.out == ""
    assert sorted(here.rglob("*")) == before


@pytest.mark.parametrize("command", ["resume .", "show .", "predict . good.csv", "resume gone", "show gone"])
def test_a_folder_that_is_no_study(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command.split()) == 2
    assert "is not a study" in capsys.readouterr().err
