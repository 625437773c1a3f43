"""Numbers read off curves, against curves whose numbers are known."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.curves.chance import chance
from curvewise.curves.coarse import MOST, coarse, finite
from curvewise.curves.features import features
from curvewise.curves.noise import noise_level, residuals, rounding
from curvewise.curves.rates import read_rates
from curvewise.curves.run import Quantity, Run, Series
from curvewise.curves.shape import Shape, shape
from curvewise.curves.slope import theil_sen
from curvewise.curves.smoothing import running_median


def series(values: object, at: object = None) -> Series:
    found = np.asarray(values, dtype=float)
    return Series(np.arange(1.0, len(found) + 1) if at is None else np.asarray(at, dtype=float), found)


def read(values: object) -> Shape:
    found = shape(series(values))
    assert found is not None
    return found


def a_run(**named: Series) -> Run:
    names: dict[str, Quantity] = {
        "loss": "train_loss",
        "error": "train_error",
        "rate": "learning_rate",
    }
    return Run("run", "-", "epoch", {names[name]: each for name, each in named.items()})


def test_what_was_trained_again_counts_as_it_was_the_last_time() -> None:
    found = finite(series([1, 2, np.nan, 3, 20, 30, np.inf], at=[1, 2, 3, 4, 2, 3, 5]))
    assert list(found.at) == [1, 2, 3, 4]
    assert list(found.values) == [1, 20, 30, 3]


def test_coarse_points_are_medians_and_the_first_stays_itself() -> None:
    values = np.full(10_001, 5.0)
    values[0], values[5000] = 9.0, 1e9
    found = coarse(series(values))
    assert len(found) <= MOST
    assert found.values[0] == 9
    assert set(found.values[1:]) == {5.0}


@pytest.mark.parametrize("degree", [1, 2])
def test_polynomials_leave_no_residual_however_spaced(degree: int) -> None:
    x = np.sort(np.random.default_rng(0).uniform(0, 10, 50))
    assert np.abs(residuals(series(3 + 2 * x - (degree - 1) * x**2, x), degree)).max() < 1e-8


@pytest.mark.parametrize("points", [12, 100, 5000])
def test_noise_is_found_on_any_slope_at_any_number_of_points(points: int) -> None:
    generator = np.random.default_rng(points)
    curves = [5 * np.exp(-np.linspace(0, 4, points)) + 0.3 * generator.normal(size=points) for _ in range(40)]
    assert np.median([noise_level(series(curve)) for curve in curves]) == pytest.approx(0.3, rel=0.25)


def test_values_know_the_steps_they_come_in() -> None:
    assert rounding(np.array([0.25, 1.5])) == 0.01
    assert rounding(np.array([1, 2, 2, 1, 3, 1, 2]) / 270) == pytest.approx(1 / 270)
    assert rounding(np.random.default_rng(0).normal(size=99)) == 0


@given(st.floats(-5, 5), st.floats(-100, 100))
def test_a_straight_line_has_its_slope(slope: float, level: float) -> None:
    found = theil_sen(series(level + slope * np.arange(30.0)))
    assert found.value == pytest.approx(slope, abs=1e-9)
    assert found.low == pytest.approx(found.high, abs=1e-9)


def test_intervals_of_slopes_hold_the_truth_as_often_as_they_say() -> None:
    generator = np.random.default_rng(1)
    held = 0
    for _ in range(400):
        found = theil_sen(series(0.1 * np.arange(20) + generator.normal(size=20)))
        held += found.low <= 0.1 <= found.high
    assert 0.92 < held / 400 < 0.99


def test_one_odd_value_moves_neither_slope_nor_level() -> None:
    curve = np.linspace(2, 1, 40)
    odd = curve.copy()
    odd[-1] = 1e6
    assert theil_sen(series(odd)).value == pytest.approx(theil_sen(series(curve)).value, rel=0.02)
    assert read(odd).end == pytest.approx(read(curve).end, abs=0.03)


def test_running_medians_keep_a_straight_line() -> None:
    line = np.linspace(0, 1, 21)
    assert running_median(line, 5)[1:-1] == pytest.approx(line[1:-1])


def test_rises_that_were_recovered_from_are_told_from_those_that_were_not() -> None:
    waves = np.repeat([5.0, 3.0, 4.0, 2.0, 2.5], 9)
    found = read(waves)
    assert found.recovered_rise == 1
    assert found.rise == 0.5


def test_leaps_that_come_back_are_spikes() -> None:
    curve = 2 * np.exp(-np.arange(200.0) / 30) + 0.01 * np.random.default_rng(0).normal(size=200)
    curve[[50, 120, 121]] += 5
    curve[199] += 5
    assert read(curve).spikes == (51, 121)


@pytest.mark.parametrize(("points", "every"), [(60, 1), (4000, 1), (4000, 50), (100_000, 1)])
def test_swing_depends_neither_on_points_nor_on_the_logging_interval(points: int, every: int) -> None:
    generator = np.random.default_rng(points)
    curve = 3 * np.exp(-np.linspace(0, 8, points))
    noisy = [curve + 0.2 * generator.normal(size=points) for _ in range(40)]
    assert np.median([read(each[::every]).swing for each in noisy]) == pytest.approx(0.2, rel=0.1)


@pytest.mark.parametrize("k", [2, 3, 10, 1000])
def test_classes_are_seen_where_loss_and_error_are_at_guessing(k: int) -> None:
    found = chance(a_run(loss=series([np.log(k) * 1.01, 0.5]), error=series([1 - 1 / k, 0.2])))
    assert found is not None
    assert found.classes == k


def test_classes_are_not_guessed_at_elsewhere() -> None:
    assert chance(a_run(loss=series([1.7, 0.5]), error=series([0.55, 0.2]))) is None
    assert chance(a_run(loss=series([2.3, 0.5]))) is None


def test_rates_know_their_drops_and_how_much_was_spent() -> None:
    steps = np.repeat([1.0, 0.1, 0.01], 10)
    found = read_rates(a_run(rate=series(steps)))
    assert found is not None
    assert found.drops == (11.0, 21.0)
    assert found.decayed
    assert found.gone(1) == 0
    assert found.gone(30) == 1
    assert found.gone(11) > 0.85
    smooth = read_rates(a_run(rate=series(np.linspace(1, 0, 30))))
    assert smooth is not None
    assert smooth.drops == ()


def test_progress_is_measured_from_guessing_and_knows_no_unit() -> None:
    curve = series(np.r_[0.8, np.full(9, 0.2)])
    assert features(a_run(loss=curve)).progress("train_loss") == pytest.approx(0.75)
    scaled = series(1000 * curve.values)
    assert features(a_run(loss=scaled)).progress("train_loss") == pytest.approx(0.75)
    below = series(curve.values - 10)
    assert features(a_run(loss=below)).progress("train_loss") is None


def test_an_accuracy_of_nothing_means_nothing() -> None:
    assert "train_error" not in features(a_run(error=series(np.ones(20)))).shapes


def test_a_million_points_are_read_within_a_second() -> None:
    values = np.random.default_rng(0).normal(size=1_000_000)
    started = time.process_time()
    features(a_run(loss=series(values)))
    assert time.process_time() - started < 1
