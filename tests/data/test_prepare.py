"""From a table to a study's data."""

from __future__ import annotations

import time

import numpy as np
import polars as pl
import pytest

from curvewise.data.bundled import BUNDLED
from curvewise.data.prepare import prepare
from curvewise.data.read import read
from curvewise.data.table import Table
from tests.data.tables import mixed_table


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_sets(name: str) -> None:
    table = read(name)
    prepared = prepare(table, seed=0)
    assert prepared.task == ("regression" if name == "diabetes" else "classification")
    assert sum(prepared.rows.values()) == table.frame.height
    assert prepared.fingerprint == table.fingerprint()
    for encoding in prepared.encodings:
        split = prepared.split(encoding)
        assert split.task == prepared.task
        assert split.outputs == (1 if prepared.classes is None else len(prepared.classes))
        assert (split.train.rows, split.valid.rows) == (prepared.rows["train"], prepared.rows["valid"])
        assert prepared.test(encoding).numbers.shape == (prepared.rows["test"], prepared.inputs(encoding))
        assert split.train is prepared.split(encoding).train, "encoded once"


def test_arrays_are_as_examples_promise() -> None:
    prepared = prepare(mixed_table(), seed=0)
    for encoding in prepared.encodings:
        split = prepared.split(encoding)
        for examples in (split.train, split.valid, prepared.test(encoding)):
            for array in (examples.numbers, examples.categories, examples.targets):
                assert array.flags.c_contiguous
                assert not array.flags.writeable
            assert (examples.numbers.dtype, examples.categories.dtype) == (np.float32, np.int32)
            assert (examples.categories < np.array(split.cardinalities)).all()


def test_regression_targets_are_standardised() -> None:
    split = prepare(read("diabetes"), seed=0).split("plain")
    assert split.train.targets.shape == (split.train.rows, 1)
    assert split.train.targets.dtype == np.float32
    assert split.train.targets.mean() == pytest.approx(0, abs=1e-5)
    assert split.train.targets.std() == pytest.approx(1, abs=1e-5)


def spoilt(table: Table, rows: np.ndarray) -> Table:
    """The same table with nonsense in ``rows`` of every column but the target."""
    frame = table.frame.with_row_index("row")
    chosen = pl.col("row").is_in(rows)
    changes = {
        "height": pl.when(chosen).then(-1e9).otherwise("height"),
        "visits": pl.when(chosen).then(None).otherwise("visits"),
        "member": pl.when(chosen).then(None).otherwise("member"),
        "colour": pl.when(chosen).then(pl.lit("black")).otherwise("colour"),
        "town": pl.when(chosen).then(pl.lit("elsewhere")).otherwise("town"),
        "joined": pl.when(chosen).then(None).otherwise("joined"),
    }
    return Table(frame.with_columns(**changes).drop("row"), table.target, table.source)


def test_nothing_is_learnt_from_validation_or_test_rows() -> None:
    table = mixed_table()
    prepared = prepare(table, seed=3)
    held = np.concatenate([prepared.parts["valid"], prepared.parts["test"]])
    again = prepare(spoilt(table, held), seed=3)
    assert again.preprocessing == prepared.preprocessing
    assert all(np.array_equal(again.parts[name], rows) for name, rows in prepared.parts.items())
    for encoding in prepared.encodings:
        one, other = prepared.split(encoding), again.split(encoding)
        np.testing.assert_array_equal(one.train.numbers, other.train.numbers)
        np.testing.assert_array_equal(one.train.categories, other.train.categories)
        assert not np.array_equal(one.valid.numbers, other.valid.numbers), "the rows were changed"


def test_changed_test_rows_leave_training_and_validation_alone() -> None:
    table = mixed_table()
    prepared = prepare(table, seed=4)
    again = prepare(spoilt(table, prepared.parts["test"]), seed=4)
    for encoding in prepared.encodings:
        one, other = prepared.split(encoding), again.split(encoding)
        for part in ("train", "valid"):
            np.testing.assert_array_equal(getattr(one, part).numbers, getattr(other, part).numbers)
            np.testing.assert_array_equal(getattr(one, part).categories, getattr(other, part).categories)
            np.testing.assert_array_equal(getattr(one, part).targets, getattr(other, part).targets)
    assert not np.array_equal(prepared.test("plain").numbers, again.test("plain").numbers)


def test_a_column_constant_in_training_is_ignored_though_test_rows_differ() -> None:
    frame = pl.DataFrame({"a": range(3, 103), "b": [1.0] * 100, "y": [0, 1] * 50})
    table = Table(frame.with_columns(a=pl.col("a") * 7 % 11), "y", "test")
    held = prepare(table, seed=0).parts["test"]
    changed = pl.Series("b", [2.0 if row in held else 1.0 for row in range(100)])
    prepared = prepare(Table(table.frame.with_columns(changed), "y", "test"), seed=0)
    assert [c.name for c in prepared.preprocessing.columns] == ["a"]


def test_the_seed_chooses_the_split() -> None:
    table = mixed_table()
    one, same, other = (prepare(table, seed=seed).parts["train"] for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_tiny_data_has_every_class_in_training() -> None:
    frame = pl.DataFrame({"a": [5.0, 1, 4, 2, 7, 3, 9, 2, 6], "y": [*"aaaaaabc", "c"]})
    prepared = prepare(Table(frame, "y", "test"), seed=0)
    assert set(prepared.split("plain").train.targets.tolist()) == {0, 1, 2}
    assert any("one or two rows are only trained on, never tested: b, c" in note for note in prepared.notes)


def test_what_was_done_is_said() -> None:
    rows = 60
    frame = pl.DataFrame(
        {
            "id": [f"id{i}" for i in range(rows)],
            "same": ["x"] * rows,
            "gaps": [None if i % 9 == 0 else str(i % 5) for i in range(rows)],
            "town": [f"town{i % 14}" for i in range(rows)],
            "day": [f"2024-01-{1 + i % 28:02}" for i in range(rows)],
            "y": [None if i == 7 else "ab"[i % 2] for i in range(rows)],
        }
    )
    prepared = prepare(Table(frame, "y", "people.csv", lines=np.arange(2, rows + 2)), seed=0)
    said = "\n".join(prepared.notes)
    for part in (
        "1 of 60 rows have no target and are left out, the first being line 9 of people.csv.",
        "Task: classification of 'y', its values are words (2 classes)",
        "Rows: 41 train, 9 valid, 9 test",
        "'same' (always x)",
        "'id' (nearly every string is different",
        "Missing values in gaps: filled in",
        "Dates, split into parts: day.",
        "Columns used: 3",
    ):
        assert part in said, part


def test_a_heavy_tailed_target_is_warned_of() -> None:
    x = np.random.default_rng(0).normal(size=(500, 2))
    calm = prepare(read((x, x[:, 0])), seed=0)
    y = x[:, 0].copy()
    y[calm.parts["train"][0]] = 1e6
    wild = prepare(read((x, y)), seed=0)
    assert not any("extremes" in note for note in calm.notes)
    assert any("The target has extremes 19 standard deviations" in note for note in wild.notes)


@pytest.mark.slow
def test_the_time_to_encode_grows_with_the_columns_and_not_with_their_square() -> None:
    def seconds(columns: int) -> float:
        frame = pl.DataFrame({f"x{i}": [0.5, 1.5, 2.5] * 4 for i in range(columns)})
        prepared = prepare(Table(frame.with_columns(y=pl.Series([0, 1] * 6)), "y", "wide"), seed=0)
        begin = time.perf_counter()
        prepared.split("plain")
        return time.perf_counter() - begin

    few, many = (min(seconds(columns) for _ in range(3)) for columns in (300, 4000))
    assert many < 30 * few  # 10 times is measured, 70 where each column looks at all the others
