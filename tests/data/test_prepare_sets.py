"""Sequences and images made ready: standardised by training rows alone, split by the seed."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curvewise.data import room
from curvewise.data.opening import open_data
from curvewise.data.prepare_images import prepare_images
from curvewise.data.prepare_sequences import prepare_sequences
from curvewise.data.prepared import AnyPreprocessing
from curvewise.data.sets import ImageSet, SequenceSet
from curvewise.errors import DataError
from tests.data.sets import images, labelled_sequences


def sequences() -> SequenceSet:
    X, y, _ = labelled_sequences()
    return cast(SequenceSet, open_data((X, y)))


def pictures() -> ImageSet:
    return cast(ImageSet, open_data(images()))


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.floats(-1e6, 1e6))
def test_nothing_but_training_sequences_teaches_the_encoding(seed: int, value: float) -> None:
    data = sequences()
    before = prepare_sequences(data, seed=seed)
    held = {*before.parts["valid"].tolist(), *before.parts["test"].tolist()}
    changed = tuple(
        np.full_like(steps, value) if row in held else steps for row, steps in enumerate(data.steps)
    )
    after = prepare_sequences(replace(data, steps=changed), seed=seed)
    assert after.preprocessing == before.preprocessing
    a, b = before.split("plain").train, after.split("plain").train
    assert all(np.array_equal(x, y) for x, y in zip(a.inputs, b.inputs, strict=True))


def test_nothing_but_training_images_teaches_the_encoding() -> None:
    data = pictures()
    before = prepare_images(data, seed=1)
    pixels = data.pixels.copy()
    pixels[before.parts["test"]] = 255
    after = prepare_images(replace(data, pixels=pixels), seed=1)
    assert after.preprocessing == before.preprocessing


def test_training_steps_have_mean_0_and_deviation_1_and_padding_is_zero() -> None:
    train = prepare_sequences(sequences(), seed=0).split("plain").train
    numbers, categories, lengths = train.inputs
    inside = np.arange(numbers.shape[1]) < lengths[:, None]
    assert numbers[inside].mean(axis=0) == pytest.approx([0, 0], abs=1e-6)
    assert numbers[inside].std(axis=0) == pytest.approx([1, 1], abs=1e-6)
    assert not numbers[~inside].any()
    assert categories.shape == (*numbers.shape[:2], 0)


def test_images_are_standardised_by_channel_with_the_channels_first() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (60, 6, 5, 3)).astype(np.uint8)
    prepared = prepare_images(cast(ImageSet, open_data((pixels, np.arange(60) % 2))), seed=0)
    (train,) = prepared.split("plain").train.inputs
    assert train.shape[1:] == (3, 6, 5)
    assert train.mean(axis=(0, 2, 3)) == pytest.approx([0, 0, 0], abs=1e-6)
    assert train.std(axis=(0, 2, 3)) == pytest.approx([1, 1, 1], abs=1e-6)
    first = pixels[prepared.parts["train"][0]].astype(float)
    assert np.corrcoef(train[0].transpose(1, 2, 0).ravel(), first.ravel())[0, 1] > 0.99


def test_every_class_is_in_every_part() -> None:
    for prepared in (prepare_sequences(sequences(), seed=4), prepare_images(pictures(), seed=4)):
        rows = np.concatenate(list(prepared.parts.values()))
        assert sorted(rows) == list(range(len(rows))) and len(rows) in (60, 80)
        split = prepared.split("plain")
        for part in (split.train, split.valid, prepared.test("plain")):
            assert set(np.asarray(part.targets).tolist()) == {0, 1}


def test_a_regression_is_scaled_back() -> None:
    X, _, _ = labelled_sequences()
    y = np.nansum(X[:, :, 0], axis=1) * 50 + 1000
    prepared = prepare_sequences(cast(SequenceSet, open_data((X, y))), seed=0)
    split = prepared.split("plain")
    assert (prepared.task, prepared.metric, split.outputs) == ("regression", "RMSE", 1)
    assert split.target_scale == pytest.approx(y[prepared.parts["train"]].std(), rel=1e-6)


@pytest.mark.parametrize(
    "prepared", [prepare_sequences(sequences(), seed=0), prepare_images(pictures(), seed=0)]
)
def test_preprocessing_travels_as_json(prepared: object) -> None:
    preprocessing = prepared.preprocessing  # type: ignore[attr-defined]
    assert msgspec.json.decode(msgspec.json.encode(preprocessing), type=AnyPreprocessing) == preprocessing


def test_new_examples_of_another_size_are_refused() -> None:
    learnt = prepare_sequences(sequences(), seed=0).preprocessing
    with pytest.raises(DataError, match="has 3 numbers a step; the network was trained on 2"):
        learnt.encode([np.zeros((4, 3))], None, "new.npz")
    seen = prepare_images(pictures(), seed=0).preprocessing
    with pytest.raises(DataError, match=r"8 x 9 x 1 .* trained on 8 x 8 x 1"):
        seen.encode(np.zeros((2, 8, 9, 1)), None, "new.npz")


def test_data_larger_than_memory_are_refused_with_the_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "memory", lambda: 2000)
    with pytest.raises(
        DataError, match=r"as sequences padded to 8 steps, and this machine has .* \(--rows\)"
    ):
        prepare_sequences(sequences(), seed=0)
    with pytest.raises(DataError, match=r"as standardised images, .* \(--rows\)"):
        prepare_images(pictures(), seed=0)


def test_everything_prepared_fulfils_the_contract() -> None:
    for prepared in (prepare_sequences(sequences(), seed=0), prepare_images(pictures(), seed=0)):
        split, test = prepared.split("plain"), prepared.test("plain")
        assert (split.train.rows, split.valid.rows, test.rows) == tuple(prepared.rows.values())
        assert prepared.encodings == ("plain",) and prepared.cardinalities == ()
        for part in (split.train, split.valid, test):
            assert all(not array.flags.writeable for array in (*part.inputs, np.asarray(part.targets)))
