"""Paths that are shorter than the weights, starts that taught nothing, restless minibatches of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from curvewise.curves.features import features
from curvewise.curves.run import Run
from curvewise.diagnosis.diagnose import diagnose
from curvewise.records import Finding, Value
from tests.diagnosis.curves import Values, falling, noisy, run

EPOCHS = 30
ROWS: Mapping[str, Value] = {"minibatch": 16, "train_rows": 1600}
STEPS = 100


def first(found: Run, **settings: Value) -> Finding:
    return diagnose(replace(found, settings=settings)).findings[0]


def moving(curve: Values, ratio: float) -> Run:
    """With updates of ``ratio`` of the weights that end at a tenth of that, as the rate does."""
    decay = np.linspace(1, 0.1, len(curve))
    return run(train=curve, valid=curve + 0.02, update=ratio * decay, rate=decay)


def test_travel_is_the_sum_of_all_steps() -> None:
    found = replace(moving(falling(EPOCHS), 1e-3), settings=ROWS)
    assert features(found).travel == pytest.approx(STEPS * EPOCHS * 0.55e-3)
    whole = replace(found, settings={"minibatch": 4000, "train_rows": 1600})
    assert features(whole).travel == pytest.approx(EPOCHS * 0.55e-3)


@pytest.mark.parametrize("settings", [{}, {"minibatch": 16}, {"minibatch": 0, "train_rows": 1600}])
def test_travel_is_not_known_without_minibatch_and_rows(settings: Mapping[str, Value]) -> None:
    found = moving(falling(EPOCHS), 1e-3)
    assert features(replace(found, settings=settings)).travel is None
    assert features(replace(found, unit="step", settings=ROWS)).travel is None


@pytest.mark.parametrize(
    ("ratio", "epochs", "blamed"), [(4e-4, EPOCHS, "learning_rate"), (1.4e-3, 12, "epochs")]
)
def test_a_path_shorter_than_the_weights_wants_longer_steps_or_more(
    ratio: float, epochs: int, blamed: str
) -> None:
    found = first(moving(falling(epochs, floor=0.6, speed=4.5), ratio), **ROWS)
    assert (found.sign, found.hyperparameter, found.direction) == ("hardly moved", blamed, "raise")
    assert found.evidence["travel"] < 1


def test_a_long_path_or_a_curve_that_has_ended_is_not_called_short() -> None:
    falls, ended = falling(EPOCHS, floor=0.6, speed=4.5), falling(EPOCHS, floor=0.6, speed=20)
    assert first(moving(falls, 4e-3), **ROWS).sign != "hardly moved"
    assert first(moving(ended, 4e-4), **ROWS).direction == "keep"
    constant = run(train=falls, valid=falls + 0.02, update=np.full(EPOCHS, 3e-4), rate=np.ones(EPOCHS))
    assert first(constant, **ROWS).direction == "keep"


SIGMOIDS: Mapping[str, Value] = {"activation": "sigmoid", "layers": 6, "normalisation": "none"}
SMALL: Mapping[str, Value] = {"initial_scale": 1e-3, "layers": 4}
HALF_SMALL: Mapping[str, Value] = {"initial_scale": 0.1, "layers": 2}
RAW: Mapping[str, Value] = {"encoding": "raw"}


def starting(at: float, ratio: float = 5e-3) -> Run:
    """A loss of ten classes whose first epoch stands at ``at``, and which then falls quickly."""
    curve = np.r_[at, falling(EPOCHS - 1, 1.2, 0.1, 15)]
    return moving(curve, ratio)


@pytest.mark.parametrize(
    ("at", "settings", "blamed"),
    [
        (2.2, SIGMOIDS, "activation"),
        (2.2, SMALL, "initialisation"),
        (2.4, RAW, "encoding"),
        (2.2, RAW, None),
        (2.2, HALF_SMALL, None),
        (1.5, SIGMOIDS, None),
        (2.2, {}, None),
    ],
)
def test_a_first_epoch_that_taught_nothing_is_explained_by_settings(
    at: float, settings: Mapping[str, Value], blamed: str | None
) -> None:
    found = first(starting(at), classes=10, **settings)
    assert (found.sign, found.hyperparameter) == (("lost start" if blamed else "healthy"), blamed)


def test_short_steps_lose_no_start() -> None:
    assert first(starting(2.2, ratio=5e-4), classes=10, **SIGMOIDS).direction == "keep"


@pytest.mark.parametrize(
    ("noise", "minibatch", "sign"),
    [(0.04, 1, "restless until the rate ran out"), (0.01, 1, "healthy"), (0.04, 16, "zig-zag but falling")],
)
def test_single_examples_are_restless_sooner(noise: float, minibatch: int, sign: str) -> None:
    wild = noisy(falling(60, floor=0.3, speed=4), noise) + np.where(np.arange(60) % 2, noise, -noise)
    wild[40:] = falling(60, floor=0.3, speed=4)[40:]
    assert first(run(train=wild, valid=wild), minibatch=minibatch).sign == sign


def test_a_slow_bend_is_no_swing() -> None:
    bend = 0.3 + 2 * np.linspace(1, 0, 60) ** 3
    assert first(run(train=bend, valid=bend), minibatch=1).sign != "restless until the rate ran out"


def test_units_that_died_of_having_nothing_to_learn_are_not_the_rates_fault() -> None:
    still = run(train=np.full(30, 2.3), update=np.full(30, 2e-3), dead=np.linspace(0, 0.95, 30))
    usual: Mapping[str, Value] = {"learning_rate": 0.002, "optimizer": "adamw", "classes": 10}
    assert first(still, **usual).hyperparameter is None
    assert first(still, classes=10).hyperparameter == "learning_rate"


def test_units_that_were_dead_from_the_start_were_not_killed_by_steps() -> None:
    still = run(train=np.full(30, 2.3), update=np.full(30, 2e-3), dead=np.full(30, 1.0))
    usual: Mapping[str, Value] = {"learning_rate": 0.002, "optimizer": "adamw", "classes": 10}
    assert first(still, **usual).hyperparameter == "initialisation"
    assert first(still, **{**usual, "learning_rate": 1.0}).hyperparameter == "learning_rate"
    assert first(still, classes=10).hyperparameter == "learning_rate"
