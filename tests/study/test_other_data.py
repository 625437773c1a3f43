"""Whole studies on sequences and images: from the data to an answer that predicts."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import torch

import curvewise
from curvewise.best import Predictor
from curvewise.cli.main import run
from curvewise.curves.ledger import Ledger
from curvewise.errors import StudyError
from curvewise.records import Restored
from tests.data.sets import images, labelled_sequences, rolls, write_idx
from tests.study.test_kill import events_of, killed
from tests.study.test_tune import Impatient, decisions_of, losses_of

SMALL = {"units": [4, 8], "layers": 1, "minibatch": {"low": 2, "high": 8}}
SMALL_IMAGES = {"filters": 4, "convolutions": 1, "stages": 1, "minibatch": 16}


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> curvewise.Study:
    folder = tmp_path_factory.mktemp("music")
    path = rolls(folder / "music.mat", sizes=(60, 8, 8))
    return curvewise.tune(path, model="lstm", space=SMALL, budget="200e", out=folder / "study")


def test_sequences_with_a_class_each_are_learnt_and_predicted(tmp_path: Path) -> None:
    X, y, _ = labelled_sequences(rows=120)
    study = curvewise.tune((X, y), model="gru", space=SMALL, budget="160e", out=tmp_path / "study")
    assert study.best.scores["test"]["error"] < 0.4  # guessing has 0.5
    new, truth, lengths = labelled_sequences(rows=50, seed=1)
    predicted = study.best.predict((new, None))
    assert np.mean(predicted == truth) > 0.7
    assert study.best.classes == ["down", "up"]
    assert study.best.probabilities((new, None)).sum(axis=1) == pytest.approx(np.ones(50))
    np.savez(tmp_path / "new.npz", X=np.nan_to_num(new), lengths=lengths)
    assert (
        run(["predict", str(study.folder), str(tmp_path / "new.npz"), "-o", str(tmp_path / "out.csv")]) == 0
    )
    rows = list(csv.DictReader((tmp_path / "out.csv").read_text().splitlines()))
    assert [row["prediction"] for row in rows] == predicted.tolist()


def test_rolls_are_scored_in_nats_per_step(music: curvewise.Study) -> None:
    assert {e.trial.configuration["cell"] for e in music.ledger.entries.values()} == {"lstm"}
    summary = music.summary()
    assert (summary.task, summary.metric) == ("multilabel", "nats per step")
    test = music.best.scores["test"]
    assert test["error"] == test["loss"] < 6 * np.log(2)  # 6 labels, each a coin
    assert "nats" in repr(music._repr_mimebundle_()["text/plain"])


def test_every_step_of_a_roll_is_predicted_in_a_row_of_its_own(
    music: curvewise.Study, tmp_path: Path
) -> None:
    new = rolls(tmp_path / "new.mat", sizes=(2, 2, 3))
    likely = music.best.probabilities(new)
    hard = music.best.predict(new)
    for options, expected in (([], hard), (["--proba"], likely)):
        out = tmp_path / "out.csv"
        assert run(["predict", str(music.folder), str(new), "-o", str(out), *options]) == 0
        rows = list(csv.reader(out.read_text().splitlines()))
        assert rows[0] == ["sequence", "step", *(f"label_{i}" for i in range(6))]
        places = [(int(row[0]), int(row[1])) for row in rows[1:]]
        assert places == [(i + 1, t + 2) for i, steps in enumerate(expected) for t in range(len(steps))]
        assert np.allclose([[float(v) for v in row[2:]] for row in rows[1:]], np.concatenate(expected))
    assert all(np.array_equal(a >= 0.5, b == 1) for a, b in zip(likely, hard, strict=True))


def test_the_module_says_what_predict_says(music: curvewise.Study, tmp_path: Path) -> None:
    new = rolls(tmp_path / "new.mat", sizes=(1, 1, 1))
    (expected,) = music.best.probabilities(new)
    steps = curvewise.data.rolls.read_new_rolls(new, "new").steps[0]  # type: ignore[attr-defined]
    numbers = torch.from_numpy(steps.astype(np.float32))[None]
    codes, lengths = torch.zeros(1, len(steps), 0, dtype=torch.int64), torch.tensor([len(steps)])
    with torch.no_grad():
        found = torch.sigmoid(music.best.module()(numbers, codes, lengths))[0]
    assert np.allclose(found.numpy(), expected, atol=1e-5)


def test_networks_of_sequences_can_be_averaged(music: curvewise.Study, tmp_path: Path) -> None:
    new = rolls(tmp_path / "new.mat", sizes=(1, 1, 3))
    best = music.best
    member = (best.description.best, best.weights)
    twice = Predictor([member, member], best.description.preprocessing)
    for a, b in zip(twice.probabilities(new), best.probabilities(new), strict=True):
        assert np.allclose(a, b, atol=1e-5)
    for entry in music.ledger.finalists().values():
        assert len(entry) >= 3  # there were finalists to compare step by step
    assert music.ledger.compared is not None


def test_a_stopped_study_of_rolls_goes_on_where_it_was(tmp_path: Path) -> None:
    path = rolls(tmp_path / "music.mat")
    options = {"model": "rnn", "space": SMALL, "budget": "60e", "deterministic": True, "rows": 10}
    whole = curvewise.tune(path, out=tmp_path / "a", **options)  # type: ignore[arg-type]
    halted = curvewise.tune(path, out=tmp_path / "b", observer=Impatient(3), **options)  # type: ignore[arg-type]
    assert halted.interrupted
    resumed = curvewise.resume(tmp_path / "b")
    assert losses_of(tmp_path / "a") == losses_of(tmp_path / "b")
    assert resumed.best.scores == whole.best.scores
    opened = resumed.ledger.opened
    assert opened is not None and opened.rows == {"train": 10, "valid": 4, "test": 5}
    assert len({e.trial.configuration["cell"] for e in whole.ledger.entries.values()}) > 1
    rolls(path, sizes=(13, 4, 5))
    with pytest.raises(StudyError, match="as many rows and columns, other values"):
        curvewise.resume(tmp_path / "b", budget="90e")


def test_a_killed_study_of_sequences_goes_on(tmp_path: Path) -> None:
    X, y, _ = labelled_sequences(rows=200, longest=30)
    np.savez(tmp_path / "x.npz", X=X, y=y)
    folder = tmp_path / "study"
    start = [
        "tune",
        str(tmp_path / "x.npz"),
        "--model",
        "lstm",
        "--budget",
        "12s",
        "--out",
        str(folder),
        "-q",
    ]
    assert killed(start, 7.0) == -9
    before = events_of(folder)
    assert killed(["resume", str(folder), "-q"], 60) == 0
    after = events_of(folder)
    assert after[: len(before)] == before
    assert any(isinstance(event, Restored) for event in after)
    assert Ledger.of(after).scored is not None


def test_images_are_learnt_and_predicted(tmp_path: Path) -> None:
    pixels, labels = images(160)
    study = curvewise.tune(
        (pixels, labels), space=SMALL_IMAGES, budget="60e", out=tmp_path / "study", threads=1
    )
    assert study.best.configuration["block"] in ("plain", "residual")
    assert study.best.scores["test"]["error"] < 0.3
    new, truth = images(40, seed=1)
    assert np.mean(study.best.predict((new, None)) == truth) > 0.7
    write_idx(tmp_path / "new-images-idx3-ubyte", new)
    assert (
        study.best.predict(tmp_path / "new-images-idx3-ubyte").tolist()
        == study.best.predict((new, None)).tolist()
    )
    assert run(["show", str(study.folder), "--figure", str(tmp_path / "curves.png")]) == 0
    assert run(["show", str(study.folder), "--trial", "0"]) == 0


def test_changing_test_sequences_changes_no_decision(tmp_path: Path) -> None:
    path = rolls(tmp_path / "music.mat")
    options = {"model": "gru", "space": SMALL, "budget": "50e", "deterministic": True}
    one = curvewise.tune(path, out=tmp_path / "a", **options)  # type: ignore[arg-type]
    other = np.empty((1, 5), dtype=object)
    for i in range(5):
        other[0, i] = np.ones((9, 6), np.uint8)
    two = curvewise.tune(rolls(path, testdata=other), out=tmp_path / "b", **options)  # type: ignore[arg-type]
    assert decisions_of(tmp_path / "a") == decisions_of(tmp_path / "b")
    assert losses_of(tmp_path / "a") == losses_of(tmp_path / "b")
    assert one.best.scores["test"] != two.best.scores["test"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("music.mat --model cnn", "reads images"),
        ("music.mat --model lstn", "there is no model 'lstn'"),
        ("music.mat --model lstm --target y", "names a column of a table"),
        ("music.mat --model lstm --task regression", "every step predicts the next"),
        ("x.npz --model cnn", "holds sequences"),
        ("x.npz --rows 0", "0 is not in the range"),
        ("short.npz", "Sequence 3 of"),
        ("iris --model lstm", "holds tables"),
        ("empty", "is a folder"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    rolls(tmp_path / "music.mat")
    (tmp_path / "empty").mkdir()
    X, y, lengths = labelled_sequences(rows=30)
    np.savez("x.npz", X=np.nan_to_num(X), y=y, lengths=lengths)
    lengths[2] = 0
    np.savez("short.npz", X=np.nan_to_num(X), y=y, lengths=lengths)
    assert run(["tune", *line.split(), "--budget", "10e"]) == 2
    said = capsys.readouterr()
    assert words in said.err and not said.out
    assert not (tmp_path / "runs").exists()
