"""Piano rolls in MATLAB files: what is read, and what is refused with its place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curvewise.data.opening import open_data
from curvewise.data.prepare_sequences import prepare_sequences
from curvewise.data.sets import SequenceSet
from curvewise.errors import DataError, UsageError
from tests.data.sets import rolls

DATA = Path(os.environ.get("CURVEWISE_DATA", Path(__file__).parents[3] / "shared" / "data"))


def read(path: Path, model: str = "auto") -> SequenceSet:
    found = open_data(path, model=model)
    assert isinstance(found, SequenceSet)
    return found


def cells(*values: Any) -> np.ndarray:
    array = np.empty((1, len(values)), dtype=object)
    for i, value in enumerate(values):
        array[0, i] = value
    return array


def test_every_step_predicts_the_next_and_the_files_split_is_kept(tmp_path: Path) -> None:
    data = read(rolls(tmp_path / "x.mat"), "lstm")
    prepared = prepare_sequences(data, seed=3)
    assert prepared.rows == {"train": 12, "valid": 4, "test": 5}
    assert (prepared.task, prepared.metric) == ("multilabel", "nats per step")
    assert any("own split" in note for note in prepared.notes)
    train, steps = prepared.split("plain").train, data.steps
    assert train.steps is not None
    numbers, _, lengths = train.inputs
    for i, length in enumerate(lengths):
        assert length == len(steps[i]) - 1
        assert np.array_equal(numbers[i, :length], steps[i][:-1])
        assert np.array_equal(train.targets[i, :length], steps[i][1:])
    assert prepared.extent.steps == lengths.sum()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"validdata": None}, "has no variable validdata; it has testdata, traindata"),
        ({"traindata": np.zeros((3, 6))}, "traindata in .* must be a cell array"),
        (
            {"traindata": cells(np.zeros((4, 6)), np.zeros((1, 6)))},
            "sequence 2 of traindata .* has 1 step; at least 2 are needed",
        ),
        ({"testdata": cells(np.zeros((4, 6)), np.zeros((0, 6)))}, "sequence 2 of testdata .* has 0 steps"),
        ({"testdata": cells(np.full((4, 6), 2))}, "holds 2 at step 1, label 1; labels are 0 or 1"),
        ({"testdata": cells(np.full((4, 6), np.nan))}, "holds nan at step 1, label 1"),
        ({"validdata": cells(np.zeros((4, 7)))}, "has 7 labels, the first has 6"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        open_data(rolls(tmp_path / "x.mat", **changes))


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = rolls(tmp_path / "x.mat")
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(DataError, match="is damaged"):
        open_data(path)


@pytest.mark.parametrize(("model", "words"), [("mlp", "reads tables"), ("cnn", "reads images")])
def test_models_that_read_no_sequences_are_refused(tmp_path: Path, model: str, words: str) -> None:
    with pytest.raises(UsageError, match=f"{words}, and .* holds sequences: .*choose rnn"):
        open_data(rolls(tmp_path / "x.mat"), model=model)


def test_a_target_or_a_task_makes_no_sense(tmp_path: Path) -> None:
    path = rolls(tmp_path / "x.mat")
    with pytest.raises(UsageError, match="--target names a column of a table"):
        open_data(path, target="y")
    with pytest.raises(UsageError, match="leave it out"):
        prepare_sequences(read(path), seed=0, task="classification")


def test_the_chorales_are_those_of_the_papers() -> None:
    path = DATA / "polyphonic" / "JSB_Chorales.mat"
    if not path.exists():
        pytest.skip(f"needs {path.name} in $CURVEWISE_DATA/polyphonic (docs/contributing.md)")
    prepared = prepare_sequences(read(path), seed=0)
    assert prepared.rows == {"train": 229, "valid": 76, "test": 77}
    assert prepared.features == 88
    assert prepared.extent.steps == 13807 - 229  # Chung et al. 2014 count 13,807 training steps
