"""What is odd about data is refused by name or told, never passed over."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io

from curvewise.data.opening import open_data, open_new
from curvewise.data.preparing import Wishes, prepare_data
from curvewise.errors import DataError

chance = np.random.default_rng(0)
ROWS, CLASSES = chance.normal(size=(60, 4)), np.arange(60) % 3
STEPS = chance.normal(size=(60, 5, 2))
PIXELS = chance.normal(size=(60, 8, 8, 1))


def idx(head: bytes) -> bytes:
    return head + b"\0\0\0\1" * head[3] + b"\1"


def cells(count: int) -> Any:
    return np.empty((1, count), dtype=object)


@pytest.mark.parametrize("name", ["empty.mat", "empty.npz", "empty.csv.gz"])
def test_an_empty_file_is_called_so(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(DataError, match=rf"{name} is empty \(0 bytes\)"):
        open_data(tmp_path / name)
    with pytest.raises(DataError, match=rf"{name} is empty \(0 bytes\)"):
        open_new(tmp_path / name, "recurrent")


def test_files_that_hold_nothing_say_so(tmp_path: Path) -> None:
    np.savez(tmp_path / "nothing.npz")
    with pytest.raises(DataError, match="is an archive without arrays"):
        open_data(tmp_path / "nothing.npz")
    scipy.io.savemat(
        tmp_path / "none.mat", {part: cells(0) for part in ("traindata", "validdata", "testdata")}
    )
    with pytest.raises(DataError, match=r"traindata in .* holds no sequences"):
        open_data(tmp_path / "none.mat")


@pytest.mark.parametrize("text", [b'[{"a": 1},\n {"a": 2}]', b'{"a": 1}\n{"a": 2}\n'])
def test_json_is_not_read_as_columns(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "rows.json").write_bytes(text)
    (tmp_path / "rows.json.gz").write_bytes(gzip.compress(text))
    for name in ("rows.json", "rows.json.gz"):
        with pytest.raises(DataError, match=rf"{name} is JSON; write its records as CSV"):
            open_data(tmp_path / name)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"\0\0\x0a\3", "values are of type 0a .third byte"),
        (b"\0\1\x08\3", "begins with the bytes 00 01"),
        (b"\0\0\x08\5", "has 5 dimensions"),
        (b"\0\0\x08\0", "has 0 dimensions"),
    ],
)
def test_an_idx_file_of_another_kind_is_named(head: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(head))
    with pytest.raises(
        DataError, match=words.replace(".third", r"\(its third") if "third" in words else words
    ):
        open_data(tmp_path / "train-images-idx3-ubyte")


def test_what_is_masked_in_a_table_is_missing() -> None:
    masked = np.ma.masked_array(ROWS, mask=ROWS > 1)
    filled = np.where(ROWS > 1, np.nan, ROWS)
    numbers = [
        prepare_data((X, CLASSES), Wishes(), 0)[2].split("plain").train.inputs[0] for X in (masked, filled)
    ]
    np.testing.assert_array_equal(*numbers)
    whole = prepare_data((np.ma.masked_array(ROWS), CLASSES), Wishes(), 0)[2].split("plain")
    np.testing.assert_array_equal(
        whole.train.inputs[0], prepare_data((ROWS, CLASSES), Wishes(), 0)[2].split("plain").train.inputs[0]
    )


def test_masked_whole_numbers_are_missing_too() -> None:
    counts = np.ma.masked_array(np.arange(240).reshape(60, 4), mask=False)
    counts[::3, 1] = np.ma.masked
    notes = prepare_data((counts, CLASSES), Wishes(), 0)[2].notes
    assert any("Missing values in x1" in note for note in notes)


@pytest.mark.parametrize("values", [STEPS, PIXELS])
def test_masks_of_sequences_and_images_are_refused(values: np.ndarray[Any, Any]) -> None:
    mask = np.zeros(values.shape, dtype=bool)
    mask[7, 2, 1] = True
    with pytest.raises(DataError, match=r"masked at \[7, 2, 1"):
        open_data((np.ma.masked_array(values, mask=mask), CLASSES))


def test_more_rows_than_there_are_is_told() -> None:
    for data in ((ROWS, CLASSES), (STEPS, CLASSES), (PIXELS, CLASSES)):
        notes = prepare_data(data, Wishes(rows=1000), 0)[2].notes
        assert "Used: all 60 rows; --rows 1000 asks for more than there are." in notes
        assert not any("Used" in note for note in prepare_data(data, Wishes(rows=60), 0)[2].notes)


@pytest.mark.parametrize(("values", "model"), [(STEPS, "auto"), (STEPS, "mlp"), (ROWS, "auto")])
def test_classes_that_only_the_test_has_are_told(
    values: np.ndarray[Any, Any], model: str, tmp_path: Path
) -> None:
    path = tmp_path / "own.npz"
    np.savez(path, x_train=values, y_train=CLASSES, x_test=values[:20], y_test=np.array([0, 1, 2, 9] * 5))
    prepared = prepare_data(path, Wishes(model), 0)[2]
    assert prepared.rows["test"] == 20
    assert (
        "5 of 20 test rows have classes that no training row has ('9'): no network can get them right."
        in prepared.notes
    )


def test_values_beyond_float32_are_named() -> None:
    steps, pixels = STEPS.copy(), PIXELS.copy()
    steps[3, 1, 1] = pixels[5, 2, 4, 0] = 1e300
    with pytest.raises(DataError, match=r"Sequence 4 .* holds 1e\+300 at step 2, number 2"):
        open_data((steps, CLASSES))
    with pytest.raises(DataError, match=r"Image 6 .* holds 1e\+300 at line 3, column 5"):
        open_data((pixels, CLASSES))


@pytest.mark.parametrize("values", [STEPS, PIXELS])
def test_a_value_beside_which_all_others_look_alike_is_told(values: np.ndarray[Any, Any]) -> None:
    many = np.concatenate([values] * 300)
    classes = np.arange(len(many)) % 3
    assert not any("deviations" in note for note in prepare_data((many, classes), Wishes(), 0)[2].notes)
    many[100:104, 0, 0] = 1e9
    assert any("standard deviations" in note for note in prepare_data((many, classes), Wishes(), 0)[2].notes)


def test_tables_take_values_of_any_size() -> None:
    rows = ROWS.copy()
    rows[:, 1] *= 1e300
    for encoding in ("plain", "piecewise", "raw"):
        numbers = prepare_data((rows, CLASSES), Wishes(), 0)[2].split(encoding).train.inputs[0]
        assert np.isfinite(numbers).all()
