"""A trial's points as a run."""

from __future__ import annotations

import math

import msgspec
import pytest

from curvewise.curves.ledger import Ledger
from curvewise.curves.of_trial import run_of, runs_of
from curvewise.records import Configuration, Point, Trial
from tests.report.histories import finished, opened

TRIAL = Trial(
    3, Configuration({"learning_rate": 0.1, "optimizer": "sgd"}), seed=0, horizon=20, origin="sobol"
)


def point(epoch: int, **changes: object) -> Point:
    plain = Point(3, epoch, 34 * epoch, 0.1, 1.0, 0.5, 1.1, 0.6, 0.1, 2.0, 0.01)
    return msgspec.structs.replace(plain, **changes)


def test_what_was_measured_every_epoch_is_a_series_by_epoch() -> None:
    run = run_of(TRIAL, [point(1), point(2, valid_loss=math.inf)], opened())
    assert run.unit == "epoch"
    assert run.points == 2
    assert run.series["valid_loss"].at.tolist() == [1, 2]
    assert run.series["valid_loss"].values.tolist() == [1.1, math.inf]
    assert run.series["gradient_norm"].values.tolist() == [2.0, 2.0]
    assert set(run.series) == {
        "train_loss",
        "valid_loss",
        "train_error",
        "valid_error",
        "learning_rate",
        "gradient_norm",
        "update_ratio",
    }


def test_what_was_measured_now_and_then_is_where_it_was_measured() -> None:
    points = [
        point(1),
        point(2, dead_units=(0.1, 0.4), gradient_power=2.0, gradient_variance=10.0),
        point(3),
        point(4, dead_units=(0.2, 0.0), gradient_power=0.0, gradient_variance=30.0, examples_per_second=7.0),
    ]
    run = run_of(TRIAL, points)
    assert run.series["dead_units"].at.tolist() == [2, 4]
    assert run.series["dead_units"].values.tolist() == [0.4, 0.2]
    assert run.series["gradient_noise"].values.tolist() == [5.0, 20.0]
    assert run.series["examples_per_second"].at.tolist() == [4]


def test_a_gradient_that_is_all_noise_has_no_scale() -> None:
    run = run_of(TRIAL, [point(1, gradient_power=-1.0, gradient_variance=3.0)])
    assert "gradient_noise" not in run.series


@pytest.mark.parametrize("task", ["regression", "multilabel"])
def test_errors_that_are_no_shares_are_left_out(task: str) -> None:
    run = run_of(TRIAL, [point(1)], opened(task))
    assert not {"train_error", "valid_error"} & set(run.series)
    assert "classes" not in run.settings


def test_settings_are_the_configuration_and_what_is_known_of_the_data() -> None:
    assert run_of(TRIAL, [point(1)], opened()).settings == {
        "learning_rate": 0.1,
        "optimizer": "sgd",
        "epochs": 20,
        "classes": 10,
        "train_rows": 1078,
        "valid_rows": 359,
    }


def test_a_studys_trials_are_runs_by_number() -> None:
    ledger = Ledger.of(finished())
    runs = runs_of(ledger, "runs/digits-1")
    assert [run.name for run in runs] == [f"trial {number}" for number in ledger.entries]
    assert {run.source for run in runs} == {"runs/digits-1"}
    assert runs[0].points == ledger.entries[0].curve.age
