"""Weights & Biases, and MLflow's two stores."""

from __future__ import annotations

import json
import math
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np

from curvewise.logs.reading import read
from tests.logs.one_run import curve, run_of, written
from tests.logs.writers import field, leveldb, mlflow_database, mlflow_folder, wandb_file

ROWS = [
    {"train/loss": 4.0 / (i + 1), "epoch": i // 10, **({"val_loss": 5.0 / (i + 1)} if i % 10 == 9 else {})}
    for i in range(40)
]


def test_an_offline_run_of_weights_and_biases(tmp_path: Path) -> None:
    content = wandb_file(ROWS, {"lr": 0.25, "batch_size": 8, "notes": "x" * 70_000})
    run = run_of(written(tmp_path, "run-abc.wandb", content))
    assert (run.name, run.unit) == ("calm-sea-1", "epoch")
    assert curve(run, "train_loss")[-1] == (4, 0.1)
    assert run.series["valid_loss"].at.tolist() == [1, 2, 3, 4]
    assert run.settings == {"learning_rate": 0.25, "minibatch": 8}


def test_typed_values_of_weights_and_biases(tmp_path: Path) -> None:
    items = [field(1, field(1, "loss") + field(6, 0.5)), field(1, field(1, "step") + field(5, 7))]
    run = run_of(written(tmp_path, "a.wandb", leveldb([field(2, b"".join(items))])))
    assert curve(run, "train_loss") == [(7, 0.5)]


def test_usual_items_of_weights_and_biases_are_read_as_unusual_ones(tmp_path: Path) -> None:
    """The fast way for short items, held to the slow one: a field that nobody knows makes an item unusual."""
    rng = np.random.default_rng(0)
    usual, unusual = [], []
    for step in range(300):
        told: dict[str, object] = {"loss": rng.normal(), "acc": rng.random(), "_step": 2 * step, "note": "x"}
        told |= {"val": {"loss": 2.0}, "lr": math.nan} if step % 30 == 29 else {"train/loss_step": 1}
        names = rng.permutation(list(told)).tolist()
        items = [field(2, key) + field(16, json.dumps(told[key])) for key in names]
        usual.append(field(2, b"".join(field(1, each) for each in items)))
        unusual.append(field(2, b"".join(field(1, each + field(99, b"?")) for each in items)))
    fast = run_of(written(tmp_path, "fast.wandb", leveldb(usual)))
    slow = run_of(written(tmp_path, "slow.wandb", leveldb(unusual)))
    assert set(fast.series) == {"train_loss", "valid_loss", "train_error", "learning_rate"}
    for quantity, series in slow.series.items():
        np.testing.assert_equal(fast.series[quantity].at, series.at)
        np.testing.assert_equal(fast.series[quantity].values, series.values)


def test_damage_in_weights_and_biases_ends_the_reading(tmp_path: Path) -> None:
    content = bytearray(wandb_file(ROWS))
    content[-300] ^= 1
    run = run_of(written(tmp_path, "a.wandb", bytes(content)))
    assert 30 < len(run.series["train_loss"]) < 40
    assert any("wrong checksum" in note for note in run.notes)


def test_the_file_store_of_mlflow(tmp_path: Path) -> None:
    metrics = {"train_loss": [2.0, 1.0], "val/loss": [2.5, math.nan]}
    mlflow_folder(tmp_path / "mlruns" / "0" / "id", metrics, {"lr": 0.5, "batch_size": 4})
    (run,) = read([str(tmp_path)])
    assert (run.name, run.settings) == ("first", {"learning_rate": 0.5, "minibatch": 4})
    assert curve(run, "train_loss") == [(0, 2), (1, 1)]
    assert math.isnan(run.series["valid_loss"].values[1])


def test_the_database_of_mlflow(tmp_path: Path) -> None:
    runs = {
        "first": {"loss": [3.0, 2.0]},
        "deleted": {"loss": [1.0]},
        "second": {"loss": [math.nan, 1.0]},
    }
    path = mlflow_database(tmp_path / "what? #50%.db", runs)
    before = path.read_bytes()
    first, second = read([str(path)])
    assert (first.name, curve(first, "train_loss")) == ("first", [(0, 3), (1, 2)])
    assert (second.name, second.settings) == ("second", {"learning_rate": 0.25})
    assert math.isnan(second.series["train_loss"].values[0])
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_database_whose_table_never_ends_is_left(tmp_path: Path) -> None:
    """A view is no table: it could count forever."""
    path = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(
            "CREATE TABLE runs (run_uuid, name, lifecycle_stage, start_time);"
            "CREATE VIEW metrics AS WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n) "
            "SELECT 'loss' AS key, i AS value, i AS step, 0 AS is_nan, 'a' AS run_uuid FROM n;"
        )
    written(tmp_path, "log.csv", "epoch,loss\n1,2\n")
    assert [run.name for run in read([str(tmp_path)])] == ["log"]
