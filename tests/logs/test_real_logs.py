"""Logs of real trainings, where they are at hand."""

from __future__ import annotations

import csv
import gzip
import json
import os
from pathlib import Path

import numpy as np
import pytest

from curvewise.curves.run import Quantity
from curvewise.logs.reading import read

LOGS = Path(os.environ.get("CURVEWISE_DATA", Path(__file__).parents[3] / "shared" / "data")) / "logs"
KERAS: dict[str, Quantity] = {
    "loss": "train_loss",
    "val_loss": "valid_loss",
    "accuracy": "train_error",
    "val_accuracy": "valid_error",
}


def real(name: str) -> Path:
    if not (LOGS / name).exists():
        pytest.skip(f"needs {name} in $CURVEWISE_DATA/logs (docs/contributing.md)")
    return LOGS / name


def test_every_value_of_real_keras_runs_is_read() -> None:
    path = real("keras_runs.jsonl.gz")
    with gzip.open(path, "rt") as lines:
        rows = [json.loads(line) for line in lines]
    runs = list(read([str(path)]))
    assert len(runs) == len(rows)
    for run, row in zip(runs, rows, strict=True):
        assert run.name == f"{row['collection']}/{row['fault']}/{row['side']}/{row['repeat']}"
        assert not run.notes
        for theirs, ours in KERAS.items():
            if row.get(theirs):
                values = np.array([np.nan if v is None else v for v in row[theirs]], np.float64)
                wanted = 1 - values if ours.endswith("error") else values
                assert np.allclose(run.series[ours].values, wanted, equal_nan=True)


def test_every_imagenet_run_of_a_table_is_read() -> None:
    path = real("caffenet_runs.csv.gz")
    with gzip.open(path, "rt") as lines:
        rows = list(csv.DictReader(lines))
    runs = {run.name: run for run in read([str(path)])}
    assert set(runs) == {row["run"] for row in rows}
    for name, run in runs.items():
        wanted = [float(row["train_loss"]) for row in rows if row["run"] == name and row["train_loss"]]
        assert (run.unit, run.series["train_loss"].values.tolist()) == ("step", wanted)


def trials() -> list[Path]:
    return sorted((LOGS / "algoperf").iterdir()) if (LOGS / "algoperf").is_dir() else []


OF_ANOTHER_SESSION = "external_tuning__cyclic_lr__study_0__imagenet_resnet_pytorch__trial_1"
"""Its event file and its table share no place but step 1, with other values."""


def test_event_files_say_what_the_tables_beside_them_say() -> None:
    real("algoperf")
    for trial in trials():
        (table,) = read([str(trial / "measurements.csv")])
        (events,) = read([str(path) for path in trial.glob("events.*")])
        assert set(events.series) == set(table.series)
        if trial.name != OF_ANOTHER_SESSION:
            for quantity, theirs in table.series.items():
                ours = events.series[quantity]
                assert np.array_equal(ours.at, theirs.at)
                assert np.allclose(ours.values, theirs.values, rtol=1e-5)


def test_a_folder_of_trials_holds_a_run_for_each() -> None:
    runs = list(read([str(real("algoperf"))]))
    assert [run.name for run in runs] == [trial.name for trial in trials()]
    assert all({"train_loss", "valid_loss"} <= set(run.series) for run in runs)
    assert sum("weight_decay" in run.settings for run in runs) >= 11
