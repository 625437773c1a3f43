"""Logs in JSON: one document, or an object in every line."""

from __future__ import annotations

import gzip
import json
import math
import os
from pathlib import Path

import pytest

from curvewise.logs.columns import Columns
from curvewise.logs.reading import read
from tests.logs.one_run import curve, run_of, written


def trainer_state(epochs: int = 4) -> dict[str, object]:
    """What Transformers 5 writes: a training row every half epoch, an evaluation at each end."""
    rows: list[dict[str, float]] = []
    for half in range(1, 2 * epochs + 1):
        place = {"epoch": half / 2, "step": 50 * half}
        rows.append({"loss": 4.0 / half, "grad_norm": 1.5, "learning_rate": 5e-5, **place})
        if half % 2 == 0:
            rows.append({"eval_loss": 5.0 / half, "eval_accuracy": 0.75, "eval_runtime": 1.5, **place})
    rows.append({"train_loss": 99.0, "train_runtime": 9.0, "epoch": float(epochs), "step": 100 * epochs})
    return {
        "best_metric": None,
        "epoch": 4.0,
        "log_history": rows,
        "num_train_epochs": 4,
        "train_batch_size": 8,
    }


def test_the_trainer_state_of_transformers(tmp_path: Path) -> None:
    log = written(tmp_path, "out/trainer_state.json", json.dumps(trainer_state(), indent=2))
    run = run_of(log)
    assert (run.name, run.unit) == ("out", "epoch")
    assert curve(run, "train_loss")[:2] == [(0.5, 4), (1, 2)]
    assert 99 not in run.series["train_loss"].values
    assert run.series["valid_loss"].at.tolist() == [1, 2, 3, 4]
    assert run.settings == {"epochs": 4.0, "minibatch": 8}


def test_literals_that_json_does_not_have_are_read(tmp_path: Path) -> None:
    rows = [{"loss": 1.0, "epoch": 1.0, "step": 1}, {"loss": math.nan, "epoch": 2.0, "step": 2}]
    rows += [{"loss": -math.inf, "epoch": 3.0, "step": 3}]
    values = run_of(written(tmp_path, "trainer_state.json", json.dumps({"log_history": rows})))
    assert [str(v) for v in values.series["train_loss"].values] == ["1.0", "nan", "-inf"]


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
def test_a_document_that_breaks_off_is_read_up_to_there(tmp_path: Path, share: float) -> None:
    whole = json.dumps(trainer_state(40))
    run = run_of(written(tmp_path, "trainer_state.json", whole[: int(share * len(whole))]))
    assert 0 < len(run.series["train_loss"]) < 80
    assert any("breaks off" in note for note in run.notes)


def test_histories_of_keras(tmp_path: Path) -> None:
    lists = {"loss": [2.0, 1.0], "val_loss": [2.5, None], "accuracy": [0.5, 0.75], "lr": [0.1, 0.01]}
    alone = run_of(written(tmp_path, "history.json", json.dumps(lists)))
    assert (alone.unit, curve(alone, "train_loss")) == ("epoch", [(1, 2), (2, 1)])
    assert math.isnan(alone.series["valid_loss"].values[1])
    beside = {"epoch": [0, 1], "history": lists, "params": {"epochs": 2, "batch_size": 32}}
    run = run_of(written(tmp_path, "b.json", json.dumps(beside, indent=1)))
    assert curve(run, "train_error") == [(1, 0.5), (2, 0.25)]
    assert run.settings == {"epochs": 2.0, "minibatch": 32}


def test_the_history_of_skorch(tmp_path: Path) -> None:
    epochs = [
        {
            "batches": [
                {"train_loss": 9.0, "train_batch_size": 16},
                {"valid_loss": 9.0, "valid_batch_size": 4},
            ],
            "epoch": e,
            "train_loss": 4.0 / e,
            "valid_loss": 5.0 / e,
            "valid_acc": 0.5,
            "train_loss_best": True,
            "event_lr": 0.1,
        }
        for e in (1, 2, 3)
    ]
    run = run_of(written(tmp_path, "history.json", json.dumps(epochs)))
    assert curve(run, "train_loss") == [(1, 4), (2, 2), (3, 1.333333)]
    assert curve(run, "learning_rate") == [(1, 0.1), (2, 0.1), (3, 0.1)]
    assert run.settings == {"minibatch": 16}


def test_the_evaluations_of_xgboost(tmp_path: Path) -> None:
    results = {"train": {"logloss": [0.5, 0.25]}, "eval": {"logloss": [0.75, 0.5]}}
    run = run_of(written(tmp_path, "evals.json", json.dumps(results)))
    assert (curve(run, "train_loss"), curve(run, "valid_loss")) == (
        [(1, 0.5), (2, 0.25)],
        [(1, 0.75), (2, 0.5)],
    )


def test_lines_are_rows_of_a_run(tmp_path: Path) -> None:
    lines = [{"step": 10 * i, "train": {"loss": 4.0 / i}, "val/loss": "NaN" if i == 2 else 1} for i in (1, 2)]
    run = run_of(written(tmp_path, "log.jsonl", "\n".join(map(json.dumps, lines))))
    assert (run.unit, curve(run, "train_loss")) == ("step", [(10, 4), (20, 2)])
    assert math.isnan(run.series["valid_loss"].values[1])


def test_results_of_ray_tell_their_configuration(tmp_path: Path) -> None:
    lines = [
        {"training_iteration": i, "trial_id": "a1", "loss": 1 / i, "config": {"lr": 0.1, "batch_size": 8}}
        for i in (1, 2)
    ]
    run = run_of(written(tmp_path, "result.json", "\n".join(map(json.dumps, lines))))
    assert (run.name, run.settings) == ("a1", {"learning_rate": 0.1, "minibatch": 8})


def test_a_line_can_be_a_run(tmp_path: Path) -> None:
    lines = [
        {"fault": "7", "repeat": i, "label": "healthy", "loss": [2.0 + i, 1.0], "val_loss": [3.0, 2.0]}
        for i in (0, 1)
    ]
    log = written(tmp_path, "runs.jsonl.gz", gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    runs = list(read([str(log)]))
    assert [(run.name, run.unit) for run in runs] == [("7/0", "epoch"), ("7/1", "epoch")]
    assert curve(runs[1], "train_loss") == [(1, 3), (2, 1)]


def test_names_can_be_given(tmp_path: Path) -> None:
    lines = [{"t": 5 * i, "a": 1.0 / i, "b": 2.0 / i} for i in (1, 2)]
    log = written(tmp_path, "log.jsonl", "\n".join(map(json.dumps, lines)))
    run = run_of(log, Columns("t", "a", "b"))
    assert (curve(run, "train_loss"), curve(run, "valid_loss")) == ([(5, 1), (10, 0.5)], [(5, 2), (10, 1)])


def test_rows_can_say_their_mode(tmp_path: Path) -> None:
    """MMDetection's: iterations begin anew in each epoch, rows of validation have none of the losses."""
    rows: list[dict[str, object]] = [{"env_info": "sys.platform: linux"}]
    for epoch in (1, 2):
        rows += [
            {"mode": "train", "epoch": epoch, "iter": i, "loss": 4 - epoch, "lr": 0.5} for i in (50, 100)
        ]
        rows += [{"mode": "val", "epoch": epoch, "iter": 7, "loss": 5.0 - epoch}]
    run = run_of(written(tmp_path, "a.log.json", "\n".join(map(json.dumps, rows))))
    assert curve(run, "train_loss") == [(0.5, 3), (1, 3), (1.5, 2), (2, 2)]
    assert curve(run, "valid_loss") == [(1, 4), (2, 3)]


def test_a_bare_list_is_a_loss(tmp_path: Path) -> None:
    run = run_of(written(tmp_path, "losses.json", "[2.5, 1.5, NaN]"))
    assert curve(run, "train_loss")[:2] == [(1, 2.5), (2, 1.5)]
    assert "a list without a name was read as the training loss" in run.notes


def test_depth_and_size_are_bounded(tmp_path: Path) -> None:
    deep = "[" * 100_000
    run = run_of(written(tmp_path, "a.json", '{"log_history": [{"loss": 1, "step": 1}, ' + deep))
    assert curve(run, "train_loss") == [(1, 1)]
    digits = "9" * 10_000
    assert (
        run_of(written(tmp_path, "b.jsonl", '{"loss": 1}\n{"loss": ' + digits + '}\n{"loss": 2}')).points == 2
    )


def test_a_long_history_is_not_held_whole(tmp_path: Path) -> None:
    row = '{"loss": 1.5, "step": %d}, '
    content = (
        '{"log_history": [' + "".join(row % i for i in range(100_000)) + '{"loss": 2.5, "step": 100000}]}'
    )
    run = run_of(written(tmp_path, "a.json", content))
    assert run.series["train_loss"].values[-1] == 2.5
    assert len(run.series["train_loss"]) < 4200


def test_no_dependence_on_where_pieces_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = written(tmp_path, "trainer_state.json", json.dumps(trainer_state(9), indent=1))
    whole = run_of(log)
    monkeypatch.setattr("curvewise.logs.opening.PIECE", 7)
    assert curve(run_of(log), "train_loss") == curve(whole, "train_loss")
    assert os.path.getsize(log) > 1000


def test_a_history_in_one_line_is_called_by_its_file(tmp_path: Path) -> None:
    content = json.dumps({"loss": [2.0, 1.0] * 200, "val_loss": [3.0, 2.0] * 200})
    assert run_of(written(tmp_path, "digits.json", content)).name == "digits"
