"""Advice as a next value."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from curvewise.curves.run import Run, Series
from curvewise.records import Finding, Value
from curvewise.report.advice import advice
from tests.report.runs import by_epoch, finding, run


@pytest.mark.parametrize(
    ("hyperparameter", "factor", "settings", "said"),
    [
        ("learning_rate", 0.1, {"learning_rate": 0.1}, "learning rate: 0.1 -> 0.01"),
        ("learning_rate", 1 / 3, {"learning_rate": 0.1}, "learning rate: 0.1 -> 0.0333"),
        ("learning_rate", 0.1, {}, "learning rate: a tenth of what it is"),
        ("learning_rate", 10.0, {}, "learning rate: 10 times what it is"),
        ("learning_rate", 0.3, {}, "learning rate: 0.3 of what it is"),
        ("minibatch", 4.0, {"minibatch": 32}, "minibatch: 32 -> 128"),
        ("minibatch", 0.5, {"minibatch": 1}, "minibatch: lower it (now 1)"),
        ("dropout", 2.0, {"dropout": 0.1}, "dropout: 0.1 -> 0.2"),
        ("dropout", 2.0, {"dropout": 0.7}, "dropout: raise it (now 0.7)"),
        ("weight_decay", 10.0, {"weight_decay": 0.0}, "weight decay: raise it (now 0)"),
        ("decay", None, {"decay": "constant"}, "decay: change it (now constant)"),
        ("epochs", 2.0, {}, "epochs: 3 -> 6"),
        (None, None, {}, ""),
    ],
)
def test_the_next_value_where_the_present_one_is_known(
    hyperparameter: str | None, factor: float | None, settings: dict[str, Value], said: str
) -> None:
    found = finding(hyperparameter=hyperparameter, factor=factor)
    if hyperparameter == "decay":
        found = _changed(found, direction="change")
    assert advice(found, run([3.0, 2.0, 1.0], settings=settings)) == said


def test_a_logged_learning_rate_is_taken_at_its_highest() -> None:
    series = {"train_loss": by_epoch([3.0, 2.0]), "learning_rate": by_epoch([math.nan, 0.2, 0.02])}
    logged = Run("a", "a", "epoch", series)  # type: ignore[arg-type]
    assert advice(finding(hyperparameter="learning_rate", factor=0.5), logged) == "learning rate: 0.2 -> 0.1"


def test_how_long_to_train_is_said_in_what_the_run_counts() -> None:
    at = np.arange(0.0, 1000.0, 100.0)
    steps = Run("a", "a", "step", {"train_loss": Series(at, at)}, {"epochs": 3})
    assert advice(finding(hyperparameter="epochs", factor=2.0), steps) == "steps: 901 -> 1800"


@pytest.mark.parametrize("factor", [math.inf, math.nan, 0.0, -1.0])
def test_a_factor_that_is_none_is_left_out(factor: float) -> None:
    said = advice(_changed(finding(), factor=factor), run([1.0], settings={"dropout": 0.5}))
    assert said.startswith("dropout: ")
    assert "->" not in said


def test_to_keep_is_no_advice() -> None:
    assert advice(_changed(finding(), direction="keep"), run([1.0])) == ""


def _changed(found: Finding, **changes: Any) -> Finding:
    import msgspec

    return msgspec.structs.replace(found, **changes)
