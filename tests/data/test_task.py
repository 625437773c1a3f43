"""Classification or regression."""

from __future__ import annotations

import csv

import numpy as np
import polars as pl
import pytest

from curvewise.data.prepare import prepare
from curvewise.data.read import read
from curvewise.data.task import infer_task
from tests.data.tables import shared_data

generator = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (["a", "b"] * 30, "classification"),
        ([True, False] * 30, "classification"),
        ([0.0, 1.0] * 30, "classification"),
        ([-1, 1] * 30, "classification"),
        (list(range(26)) * 10, "classification"),
        ([3, 4, 5, 6, 8] * 20, "classification"),
        ([1.0, 2.0, 3.0] * 30, "regression"),
        (generator.normal(size=50).tolist(), "regression"),
        (generator.integers(0, 100, 300).tolist(), "regression"),
        ([10, 200, 3000] * 30, "classification"),
        ([1, 20, 30, 40, 50, 600] * 30, "regression"),
        (list(range(18)) * 2, "regression"),
    ],
)
def test_task_follows_the_values(values: list[object], task: str) -> None:
    inferred, reason = infer_task(pl.Series("y", values))
    assert inferred == task
    assert reason


def test_task_is_said_and_can_be_chosen() -> None:
    table = read("iris")
    assert any(note.startswith("Task: classification of 'target'") for note in prepare(table, seed=0).notes)
    wines = read((generator.normal(size=(90, 3)), np.arange(90) % 3))
    assert prepare(wines, seed=0).task == "classification"
    chosen = prepare(wines, seed=0, task="regression")
    assert (chosen.task, chosen.metric, chosen.classes) == ("regression", "RMSE", None)
    assert any("as asked for (--task classification for the other)" in note for note in chosen.notes)


@pytest.mark.slow
def test_every_real_table_is_prepared_and_its_task_recognised() -> None:
    folder = shared_data()
    with (folder / "index.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        prepared = prepare(read(folder / row["file"], row["target"]), seed=0)
        assert prepared.task == row["task"], row["name"]
        for encoding in prepared.encodings:
            split = prepared.split(encoding)
            assert np.isfinite(split.train.numbers).all(), row["name"]
            assert prepared.inputs(encoding) <= 600, row["name"]
        if row["classes"]:
            assert split.outputs == int(row["classes"]), row["name"]


def test_real_tables_of_each_format() -> None:
    folder = shared_data()
    adult = prepare(read(folder / "pmlb_adult.tsv.gz"), seed=0)
    assert adult.task == "classification"
    assert sum(adult.rows.values()) == 48_842
    loans = prepare(read(folder / "lending_club.parquet", "Class"), seed=0)
    assert loans.classes == ("bad", "good")
    assert len(loans.cardinalities) == 2, "sub_grade and addr_state are embedded"
