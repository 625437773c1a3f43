"""Arrays of three and four dimensions: the rule that tells sequences from images, and bad ones."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curvewise.data.opening import open_data, open_new
from curvewise.data.preparing import Wishes, prepare_data
from curvewise.data.sets import ImageSet, SequenceSet
from curvewise.data.table import Table
from curvewise.errors import DataError, UsageError
from tests.data.sets import images, labelled_sequences, write_idx

Y = np.arange(12) % 2


@pytest.mark.parametrize(
    ("shape", "dtype", "model", "kind"),
    [
        ((12, 5, 3), "float32", "auto", SequenceSet),
        ((12, 5, 3), "float32", "lstm", SequenceSet),
        ((12, 5, 3), "float32", "cnn", ImageSet),
        ((12, 5, 3), "float32", "mlp", Table),
        ((12, 5, 3), "uint8", "auto", ImageSet),
        ((12, 5, 3), "uint8", "gru", SequenceSet),
        ((12, 5, 5, 3), "uint8", "auto", ImageSet),
        ((12, 5, 5, 3), "float64", "auto", ImageSet),
        ((12, 5, 5, 3), "uint8", "mlp", Table),
        ((12, 5), "float32", "auto", Table),
    ],
)
def test_the_model_decides_and_bytes_are_images(
    tmp_path: Path, shape: tuple[int, ...], dtype: str, model: str, kind: type
) -> None:
    X = np.random.default_rng(0).integers(0, 9, shape).astype(dtype)
    assert isinstance(open_data((X, Y), model=model), kind)
    np.savez(tmp_path / "x.npz", X=X, y=Y)
    assert isinstance(open_data(tmp_path / "x.npz", model=model), kind)


@pytest.mark.parametrize(
    ("shape", "model", "words"),
    [
        ((12, 5), "lstm", "--model lstm reads sequences, and .* holds tables"),
        ((12, 5), "cnn", "--model cnn reads images, and .* holds tables"),
        ((12, 5, 5, 3), "rnn", "4 dimensions, which are images"),
        ((12, 5, 5, 3, 2), "auto", "5 dimensions"),
    ],
)
def test_a_model_that_does_not_suit_is_refused(shape: tuple[int, ...], model: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        open_data((np.zeros(shape), Y), model=model)


def test_lengths_come_from_nan_at_the_end_or_are_given(tmp_path: Path) -> None:
    X, y, lengths = labelled_sequences()
    padded = open_data((X, y))
    assert isinstance(padded, SequenceSet)
    assert [len(steps) for steps in padded.steps] == lengths.tolist()
    np.savez(tmp_path / "x.npz", X=np.nan_to_num(X), y=y, lengths=lengths)
    given = open_data(tmp_path / "x.npz")
    listed = open_data((list(padded.steps), y))
    assert isinstance(given, SequenceSet) and isinstance(listed, SequenceSet)
    for a, b, c in zip(padded.steps, given.steps, listed.steps, strict=True):
        assert np.array_equal(a, b) and np.array_equal(a, c)


@pytest.mark.parametrize("length", [0, 9, -1])
def test_a_length_of_nothing_or_beyond_the_steps_is_refused(length: int) -> None:
    X, y, lengths = labelled_sequences()
    lengths[6] = length
    with pytest.raises(DataError, match=f"Sequence 7 of .* has length {length}; lengths are 1 to 8"):
        open_data((np.nan_to_num(X), y, lengths))


def with_gap(X: np.ndarray) -> np.ndarray:
    X[4, 1, 1] = np.nan
    return X


def empty(X: np.ndarray) -> np.ndarray:
    X[4] = np.nan
    return X


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (with_gap, "Sequence 5 of .* holds nan at step 2, number 2"),
        (empty, "Sequence 5 of .* has no steps"),
        (lambda X: X[:30], "X has 30 rows but y has 60"),
        (lambda X: X.astype(str), "values of type <U"),
        (lambda X: [*np.nan_to_num(X[:59]), np.zeros((3, 7))], "Sequence 60 of .* has shape"),
    ],
)
def test_bad_steps_are_named(change: Any, words: str) -> None:
    X, y, _ = labelled_sequences()
    with pytest.raises(DataError, match=words):
        open_data((change(X), y))


@pytest.mark.parametrize("shape", [(12, 0, 3), (12, 5, 0), (12, 0, 5, 3), (12, 5, 0, 3), (12, 5, 5, 0)])
def test_arrays_with_nothing_in_a_dimension_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(DataError, match=re.escape(f"X of (X, y) has shape {shape}, which holds no values")):
        open_data((np.zeros(shape), Y))


def test_a_missing_target_is_named() -> None:
    X, y, _ = labelled_sequences()
    targets = y.astype(object)
    targets[3] = None
    with pytest.raises(DataError, match="no target for row 4"):
        prepare_data((X, targets), Wishes(), 0)
    with pytest.raises(DataError, match="says nothing of what to predict"):
        open_data((X, None))


def test_files_with_a_split_of_their_own_have_their_steps_last(tmp_path: Path) -> None:
    X, y, _ = labelled_sequences()
    np.savez(
        tmp_path / "x.npz",
        x_train=X[:40].swapaxes(1, 2),
        y_train=y[:40],
        x_test=X[40:].swapaxes(1, 2),
        y_test=y[40:],
    )
    _, _, prepared = prepare_data(tmp_path / "x.npz", Wishes(), 0)
    assert prepared.rows == {"train": 34, "valid": 6, "test": 20}
    assert prepared.features == 2
    assert any("(sequences, numbers, steps)" in note for note in prepared.notes)
    same = open_new(tmp_path / "x.npz", "recurrent")
    assert isinstance(same, SequenceSet)
    assert np.array_equal(same.steps[0], open_data((X, y)).steps[40])  # type: ignore[union-attr]


@pytest.mark.parametrize("part", ["train", "test"])
def test_an_empty_part_of_a_split_is_named(tmp_path: Path, part: str) -> None:
    X, y, _ = labelled_sequences()
    given = {"x_train": X[:40], "y_train": y[:40], "x_test": X[40:], "y_test": y[40:]}
    given |= {f"x_{part}": X[:0], f"y_{part}": y[:0]}
    np.savez(tmp_path / "x.npz", **given)
    with pytest.raises(DataError, match=f"x_{part} of .* has no rows"):
        open_data(tmp_path / "x.npz")


def test_idx_files_as_a_folder_or_a_pair(tmp_path: Path) -> None:
    pixels, labels = images()
    write_idx(tmp_path / "train-images-idx3-ubyte.gz", pixels[:60])
    write_idx(tmp_path / "train-labels-idx1-ubyte.gz", labels[:60])
    pair = open_data(tmp_path / "train-images-idx3-ubyte.gz")
    assert isinstance(pair, ImageSet) and pair.given is None
    assert np.array_equal(pair.pixels[..., 0], pixels[:60])
    write_idx(tmp_path / "t10k-images-idx3-ubyte", pixels[60:])
    write_idx(tmp_path / "t10k-labels-idx1-ubyte", labels[60:])
    _, _, prepared = prepare_data(tmp_path, Wishes(rows=40), 0)
    assert prepared.rows == {"train": 34, "valid": 6, "test": 20}
    _, _, flat = prepare_data(tmp_path, Wishes(model="mlp"), 0)
    assert flat.rows == {"train": 51, "valid": 9, "test": 20}
    assert flat.inputs("plain") == 64


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        (
            "train-images-idx3-ubyte",
            lambda raw: raw[:-10],
            "is cut off or damaged: it says 80 x 8 x 8 values",
        ),
        (
            "train-labels-idx1-ubyte",
            lambda raw: raw[:4] + b"\0\0\0\x4f" + raw[8:-1],
            "80 images but .* 79 labels",
        ),
        ("train-labels-idx1-ubyte", None, "no labels beside"),
    ],
)
def test_bad_idx_files_are_named(tmp_path: Path, name: str, change: Any, words: str) -> None:
    pixels, labels = images()
    write_idx(tmp_path / "train-images-idx3-ubyte", pixels)
    write_idx(tmp_path / "train-labels-idx1-ubyte", labels)
    if change is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(change((tmp_path / name).read_bytes()))
    with pytest.raises(DataError, match=words):
        open_data(tmp_path / "train-images-idx3-ubyte")


def test_images_of_two_sizes_are_refused(tmp_path: Path) -> None:
    pixels, labels = images()
    for part, array in (("train", pixels), ("t10k", pixels[:, :7])):
        write_idx(tmp_path / f"{part}-images-idx3-ubyte", array)
        write_idx(tmp_path / f"{part}-labels-idx1-ubyte", labels)
    with pytest.raises(DataError, match=r"are 7 x 8 x 1, those in .* are 8 x 8 x 1"):
        open_data(tmp_path)


def test_lists_of_arrays_are_sequences_or_images_of_one_size() -> None:
    pixels, labels = images()
    same = open_data((list(pixels), labels), model="cnn")
    assert isinstance(same, ImageSet) and np.array_equal(same.pixels[..., 0], pixels)
    colours = open_data((list(np.stack([pixels] * 3, axis=3)), labels))
    assert isinstance(colours, ImageSet) and colours.pixels.shape == (80, 8, 8, 3)
    with pytest.raises(DataError, match=r"Image 3 of X has shape \(7, 8\), the first \(8, 8\)"):
        open_data(([pixels[0], pixels[1], pixels[2, :7], *pixels[3:]], labels), model="cnn")


def test_new_data_of_another_kind_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match=r"x\.csv holds no sequences"):
        open_new(tmp_path / "x.csv", "recurrent")
    with pytest.raises(DataError, match=r"There is no file .*gone\.npz"):
        open_new(tmp_path / "gone.npz", "recurrent")
    with pytest.raises(DataError, match="holds no images"):
        open_new(np.zeros((3, 4)), "convolutional")


def test_channels_that_come_first_are_noticed() -> None:
    with pytest.raises(DataError, match=r"transpose: X.transpose\(0, 2, 3, 1\)"):
        open_data((np.zeros((12, 3, 32, 32), dtype=np.uint8), Y))
    with pytest.raises(DataError, match=r"Image 3 of .* holds nan at line 1, column 1"):
        pixels = np.zeros((12, 8, 8, 3))
        pixels[2, 0, 0, 0] = np.nan
        open_data((pixels, Y))


def test_fewer_rows_are_drawn_by_the_seed_from_any_kind() -> None:
    X, y, _ = labelled_sequences()
    for data in ((X, y), (np.nan_to_num(X[:, 0]), y), images()):
        counts = [sum(prepare_data(data, Wishes(rows=n), 0)[2].rows.values()) for n in (30, 1000)]
        assert counts == [30, len(data[0])]
        one, same, other = (prepare_data(data, Wishes(rows=30), seed)[2].fingerprint for seed in (0, 0, 1))
        assert one == same != other
