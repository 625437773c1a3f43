"""What cannot be trained is refused before anything is, of every kind of data and from both doors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io

import curvewise
from curvewise.cli.main import run
from curvewise.data import room
from curvewise.errors import DataError, SpaceError, UsageError

chance = np.random.default_rng(0)
CLASSES = np.arange(60) % 3
DATA: dict[str, tuple[Any, ...]] = {
    "table": (chance.normal(size=(60, 4)), CLASSES),
    "sequences": (chance.normal(size=(60, 5, 2)), CLASSES),
    "images": (chance.integers(0, 255, (60, 8, 8), dtype=np.uint8), CLASSES),
}


def saved(folder: Path, kind: str) -> Path:
    path = folder / f"{kind}.npz"
    np.savez(path, **dict(zip(("X", "y", "lengths"), DATA[kind], strict=False)))
    return path


def rolls(folder: Path, *odd: np.ndarray[Any, Any]) -> Path:
    """Piano rolls, the last training sequences as given."""
    parts = {}
    for part in ("traindata", "validdata", "testdata"):
        sequences = [np.eye(6)[:4] for _ in range(4)] + list(odd if part == "traindata" else ())
        parts[part] = np.empty((1, len(sequences)), dtype=object)
        for i, each in enumerate(sequences):
            parts[part][0, i] = each
    scipy.io.savemat(folder / "music.mat", parts)
    return folder / "music.mat"


def refused(
    data: object,
    path: Path,
    error: type[UsageError],
    words: str,
    capsys: pytest.CaptureFixture[str],
    space: str = "",
) -> None:
    """Both ways of asking say the same, and write nothing."""
    folder = path.parent / "study"
    file = path.parent / "space.toml"
    file.write_text(space)
    with pytest.raises(error, match=words):
        curvewise.tune(data, space=file, budget="4e", out=folder)
    with pytest.raises(error, match=words) as said:
        curvewise.tune(path, space=file, budget="4e", out=folder)
    capsys.readouterr()
    assert run(["tune", str(path), "--space", str(file), "--budget", "4e", "--out", str(folder)]) == 2
    assert capsys.readouterr().err == f"error: {said.value}\n"
    assert not folder.exists()


@pytest.mark.parametrize("kind", DATA)
def test_a_minibatch_larger_than_the_data(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = r"minibatch: takes a whole number from 1 to 42, not 43"
    refused(DATA[kind], saved(tmp_path, kind), SpaceError, words, capsys, "minibatch = 43")
    study = curvewise.tune(DATA[kind], space={"minibatch": 42}, budget="2e", out=tmp_path / "whole")
    assert all(e.trial.configuration["minibatch"] == 42 for e in study.ledger.entries.values())


def test_sequences_of_no_steps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lengths = np.full(60, 5)
    lengths[7] = 0
    X, y = DATA["sequences"]
    np.savez(tmp_path / "short.npz", X=X, y=y, lengths=lengths)
    words = r"Sequence 8 of .* has length 0; lengths are 1 to 5"
    refused((X, y, lengths), tmp_path / "short.npz", DataError, words, capsys)
    with pytest.raises(DataError, match=r"Sequence 3 of .* has no steps"):
        curvewise.tune(([X[0], X[1], X[2][:0], *X[3:]], y), budget="2e", out=tmp_path / "study")
    gone = np.where(np.arange(60)[:, None, None] == 9, np.nan, X)
    np.savez(tmp_path / "gone.npz", X=gone, y=y)
    refused((gone, y), tmp_path / "gone.npz", DataError, r"Sequence 10 of .* has no steps", capsys)


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        (np.zeros((0, 6)), r"sequence 5 of traindata in .* has 0 steps; at least 2 are needed"),
        (
            np.full((3, 6), 2.0),
            r"sequence 5 of traindata in .* holds 2 at step 1, label 1; labels are 0 or 1",
        ),
        (np.full((3, 6), np.nan), r"sequence 5 of traindata in .* holds nan at step 1, label 1"),
        (np.zeros((3, 5)), r"Sequence 5 of .* has 5 labels, the first has 6"),
    ],
)
def test_rolls_of_no_steps_and_labels_out_of_range(
    odd: np.ndarray[Any, Any], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = rolls(tmp_path, odd)
    refused(str(path), path, DataError, words, capsys)


@pytest.mark.parametrize("kind", DATA)
def test_targets_that_are_none(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    X, y = DATA[kind][0], np.where(np.arange(60) == 6, np.inf, np.linspace(0.0, 1.0, 60))
    np.savez(tmp_path / "odd.npz", X=X, y=y)
    refused((X, y), tmp_path / "odd.npz", DataError, r"infinite value .*row 7", capsys)


@pytest.mark.parametrize("kind", DATA)
def test_more_memory_than_there_is(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "memory", lambda: 1000)
    refused(DATA[kind], saved(tmp_path, kind), DataError, r"needs .* GiB as .* and this machine has", capsys)
