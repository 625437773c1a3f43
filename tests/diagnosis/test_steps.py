"""Late starts, few steps, early decays and labels that belong to nothing, on curves by formula."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from curvewise.curves.run import Run
from curvewise.diagnosis.diagnose import diagnose
from curvewise.records import Finding, Value
from tests.diagnosis.curves import Values, falling, noisy, run

EPOCHS = 30


def first(found: Run, **settings: Value) -> Finding:
    return diagnose(replace(found, settings=settings)).findings[0]


def creeping(rates: Values, start: float = 1.6, fall: float = 0.4) -> Values:
    """A loss that falls by the length of its steps, whatever their schedule."""
    spent = np.cumsum(rates) / np.sum(rates)
    return start - fall * spent


@pytest.mark.parametrize("rates", [np.linspace(1, 0.03, EPOCHS), 1 + np.cos(np.linspace(0, 3, EPOCHS))])
def test_short_steps_are_slow_however_they_decay(rates: Values) -> None:
    found = first(run(train=creeping(rates), valid=creeping(rates) + 0.01))
    assert (found.sign, found.hyperparameter, found.direction) == ("slow start", "learning_rate", "raise")


def test_what_rises_anywhere_or_ends_low_is_not_called_slow() -> None:
    slow = creeping(np.linspace(1, 0.03, EPOCHS))
    restless = noisy(slow, 0.03)
    assert first(run(train=restless, valid=restless)).direction == "keep"
    low = (slow - slow.min()) / np.ptp(slow) + 0.02
    assert first(run(train=low, valid=low)).direction == "keep"


def sigmoids(half: float) -> Run:
    """A plateau of guessing before the fall."""
    t = np.linspace(0, 1, EPOCHS)
    curve = 0.2 + 2.1 / (1 + np.exp((t - half) * 40))
    return run(train=curve, valid=curve + 0.02)


def test_a_plateau_at_the_start_needs_a_reason_in_the_settings() -> None:
    deep: Mapping[str, Value] = {"activation": "sigmoid", "layers": 6, "normalisation": "none"}
    assert first(sigmoids(0.2), **deep).hyperparameter == "activation"
    assert first(sigmoids(0.2)).direction == "keep"
    assert first(sigmoids(0.03), **deep).direction == "keep"


def test_minibatches_of_the_whole_set_leave_few_steps() -> None:
    curve = run(train=falling(EPOCHS, speed=4), valid=falling(EPOCHS, speed=4) + 0.02)
    found = first(curve, minibatch=2000, train_rows=2000)
    assert (found.sign, found.hyperparameter, found.direction) == ("few steps", "minibatch", "lower")
    assert found.evidence["steps"] == EPOCHS
    assert first(curve, minibatch=128, train_rows=2000).direction == "keep"


def test_a_rate_that_is_spent_in_three_epochs_was_decayed_too_early() -> None:
    rates = np.r_[np.ones(3), np.full(EPOCHS - 3, 0.01)]
    curve = np.r_[0.8, 0.4, 0.35, np.linspace(0.33, 0.31, EPOCHS - 3)]
    found = first(run(train=curve, valid=curve + 0.02, rate=rates))
    assert (found.sign, found.hyperparameter) == ("decayed too early", "decay")
    constant = run(train=curve, valid=curve + 0.02, rate=np.ones(EPOCHS))
    assert first(constant).direction == "keep"


def random_labels(validation_error: float) -> Run:
    """Training falls by a twelfth only, validation rises from the first epoch on."""
    t = np.linspace(0, 1, 60)
    return run(
        train=noisy(1.1 - 0.09 * t, 0.02),
        valid=noisy(1.1 + 0.14 * t, 0.02, seed=1),
        train_error=0.66 - 0.1 * t,
        valid_error=np.full(60, validation_error),
    )


def test_labels_that_belong_to_nothing_are_no_hyperparameters_fault() -> None:
    found = first(random_labels(0.64))
    assert (found.sign, found.hyperparameter) == ("learned by heart", None)
    assert "labels" in found.reason


def test_labels_that_validation_knows_are_learned_by_heart() -> None:
    assert first(random_labels(0.45)).hyperparameter == "weight_decay"


def test_usual_steps_are_not_blamed_for_labels() -> None:
    still = run(train=noisy(np.full(40, 1.1), 0.0) + 1e-3 * np.sin(np.arange(40)), update=np.full(40, 2e-3))
    usual: Mapping[str, Value] = {"learning_rate": 0.002, "optimizer": "adamw", "classes": 3}
    assert first(still, **usual).hyperparameter is None
    assert first(still, **{**usual, "learning_rate": 1.0}).hyperparameter == "learning_rate"


def test_a_climb_for_good_counts_whatever_the_curve_did_before() -> None:
    t = np.linspace(0, 1, 40)
    train = noisy(0.9 - 0.7 * t, 0.02)
    wild = np.where(t < 0.15, 0.6 + 0.3 * (np.arange(40) % 3 == 1), 0.56 + 0.25 * (t - 0.15))
    assert first(run(train=train, valid=noisy(wild, 0.01))).sign in ("overfitting", "learned by heart")
    flat = np.where(t < 0.15, wild, 0.56)
    assert diagnose(run(train=train, valid=noisy(flat, 0.01))).verdict != "problem"


def test_a_low_rate_alone_is_slow_from_a_fifth_of_the_run_on() -> None:
    low: Mapping[str, Value] = {"learning_rate": 1e-5, "optimizer": "adamw"}
    assert first(sigmoids(0.15), **low).direction == "keep"
    found = first(sigmoids(0.25), **low)
    assert (found.sign, found.hyperparameter) == ("slow start", "learning_rate")


@pytest.mark.parametrize(("dropout", "sign"), [(0.9, "over-regularised"), (0.7, "healthy"), (0.5, "healthy")])
def test_hardly_any_unit_left_is_too_few_however_far_training_comes(dropout: float, sign: str) -> None:
    curve = run(train=falling(30, 0.6, 0.06), valid=falling(30, 0.6, 0.01))
    assert first(curve, dropout=dropout, classes=2).sign == sign


def test_weight_decay_that_is_known_to_be_usual_is_not_blamed_for_a_growing_gradient() -> None:
    still = run(train=falling(30, 0.7, 0.5, 20), gradient=np.linspace(0.3, 0.8, 30))
    assert first(still, classes=2).hyperparameter == "weight_decay"
    assert first(still, classes=2, weight_decay=1e-4).direction == "keep"


def test_what_leaps_up_at_once_and_lies_where_it_fell_to_has_learned_nothing() -> None:
    lying = noisy(np.r_[900.0, 2100.0, 570.0, np.full(20, 44.0)], 0.001)
    found = first(run(train=lying, valid=lying))
    assert (found.sign, found.hyperparameter, found.direction) == (
        "shot up at the start",
        "learning_rate",
        "lower",
    )
    learning = np.r_[900.0, 2100.0, falling(21, 570.0, 0.5, 9)]
    assert first(run(train=learning, valid=learning)).direction == "keep"
    assert diagnose(run(train=np.r_[900.0, lying[3:]])).verdict != "problem"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"activation": "gelu"}, "dead units"),
        ({"activation": "relu"}, "healthy"),
        ({"activation": "relu", "learning_rate": 1.0, "optimizer": "adam"}, "dead units"),
        ({}, "healthy"),
    ],
)
def test_units_that_died_count_where_none_is_silent_by_chance(settings: dict[str, Value], told: str) -> None:
    dying = run(train=falling(30), valid=falling(30) + 0.02, dead=np.r_[0.0, np.full(29, 0.7)])
    assert first(dying, **settings).sign == told
    silent = run(train=falling(30), valid=falling(30) + 0.02, dead=np.full(30, 0.7))
    assert first(silent, **settings).sign == "healthy"


def test_a_training_loss_that_creeps_up_for_long_diverges() -> None:
    t = np.linspace(0, 1, 60)
    creeping_up = 354 * np.exp(-20 * t) + 88 + np.maximum(0, t - 0.3) * 60
    found = first(run(train=creeping_up, valid=creeping_up + 2))
    assert (found.sign, found.hyperparameter) == ("diverging", "learning_rate")
    late = 354 * np.exp(-20 * t) + 88 + np.maximum(0, t - 0.8) * 60
    assert first(run(train=late, valid=late + 2)).direction == "keep"


@pytest.mark.parametrize(("rows", "sign"), [(300, "healthy"), (1024, "few steps")])
def test_all_of_few_rows_at_once_is_a_usual_minibatch(rows: int, sign: str) -> None:
    curve = run(train=falling(EPOCHS, speed=4), valid=falling(EPOCHS, speed=4) + 0.02)
    assert first(curve, minibatch=1024, train_rows=rows).sign == sign


@pytest.mark.parametrize(
    ("scale", "blamed"), [(0.1, "initialisation"), (30.0, "initialisation"), (1.0, None)]
)
def test_a_scale_of_initial_weights_that_is_known_is_blamed(scale: float, blamed: str | None) -> None:
    still = run(train=np.full(20, 2.303), update=np.full(20, 1e-3))
    told: Mapping[str, Value] = {"initial_scale": scale, "learning_rate": 0.001, "optimizer": "adam"}
    assert first(still, classes=10, **told).hyperparameter == blamed


@pytest.mark.parametrize(
    ("scale", "minibatch", "sign"),
    [(10.0, 32, "hardly begun"), (20.0, 32, "healthy"), (10.0, 16, "healthy"), (100.0, 1024, "healthy")],
)
def test_a_gradient_that_stays_clear_wants_longer_steps(scale: float, minibatch: int, sign: str) -> None:
    curve = run(train=falling(30), valid=falling(30) + 0.02, noise_scale=np.full(6, scale))
    assert first(curve, minibatch=minibatch).sign == sign
    memorised = run(train=falling(30), valid=falling(30, floor=1.0), noise_scale=np.full(6, scale))
    assert first(memorised, minibatch=minibatch).sign != "hardly begun"


def test_a_network_that_was_trained_before_is_tuned_at_low_rates() -> None:
    t = np.linspace(0, 1, 10)
    tuned = noisy(0.55 - 0.3 * t + 0.1 * t**2, 0.03)
    low: Mapping[str, Value] = {"learning_rate": 1e-5, "optimizer": "adamw"}
    assert first(run(train=tuned, valid=noisy(0.5 - 0.2 * t, 0.05, seed=1)), **low).direction == "keep"
