"""A run that goes on: findings once, when they are certain."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from curvewise.curves.features import Features, features
from curvewise.curves.run import Run, Series
from curvewise.diagnosis import certainty
from curvewise.diagnosis.certainty import Growing
from curvewise.records import Value
from tests.diagnosis.curves import Values, falling, noisy, run, turning


def until(whole: Run, points: int, settings: Mapping[str, Value] | None = None) -> Run:
    """Its first points."""
    series = {name: Series(each.at[:points], each.values[:points]) for name, each in whole.series.items()}
    return Run(whole.name, whole.source, whole.unit, series, settings or {})


def raised(whole: Run, settings: Mapping[str, Value] | None = None) -> list[tuple[int, str]]:
    """What is raised at which point while it grows, point by point."""
    growing = Growing(until(whole, 0))
    runs = (until(whole, n, settings) for n in range(1, whole.points + 1))
    return [(each.points, found.sign) for each in runs for found in growing.look(each)]


def test_overfitting_is_raised_once_and_before_the_end() -> None:
    found = raised(run(train=falling(200, floor=0.0), valid=noisy(turning(200), 0.004)))
    assert [sign for _, sign in found] == ["overfitting"]
    assert 60 < found[0][0] < 140


def test_a_loss_that_is_no_number_is_raised_at_once() -> None:
    assert raised(run(train=np.array([2.3, np.nan, np.nan]))) == [(2, "non-finite")]


def test_a_healthy_run_raises_nothing_at_any_time() -> None:
    assert raised(run(train=noisy(falling(300), 0.05))) == []


def test_a_slow_run_is_told_at_its_end_only() -> None:
    slow = run(train=np.linspace(2.3, 2.0, 50))
    low: Mapping[str, Value] = {"learning_rate": 1e-6, "optimizer": "adam"}
    assert raised(slow, low) == []
    (found,) = Growing(slow).settle(until(slow, 50, low))
    assert (found.sign, found.hyperparameter, found.direction) == ("too slow", "learning_rate", "raise")


def test_looks_come_ever_more_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []

    def counted(found: Run) -> Features:
        looks.append(found.points)
        return features(found)

    monkeypatch.setattr(certainty, "features", counted)
    values: Values = 1.0 / np.arange(1, 3001)
    raised(run("step", train=values))
    assert len(looks) < 60
    assert looks == sorted(set(looks))
