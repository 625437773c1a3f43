from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from curvewise.data.examples import Split, TableRows
from curvewise.study.scoring import greedy_average, rows_error

ROWS = 2000


def split(targets: NDArray[np.int64] | NDArray[np.float32], scale: float = 1.0) -> Split:
    rows = len(targets)
    valid = TableRows(np.zeros((rows, 1), np.float32), np.zeros((rows, 0), np.int32), targets)
    return Split(valid, valid, (), 2, scale, "classification" if targets.ndim == 1 else "regression")


def classified(wrong: NDArray[np.bool_], sure: float = 3.0) -> NDArray[np.float32]:
    """Logits (N, 2) where class 0 is right."""
    return np.where(wrong[:, None], [-sure, sure], [sure, -sure]).astype(np.float32)


def test_resampled_rows_give_the_standard_error_of_a_paired_difference() -> None:
    chance = np.random.default_rng(0)
    one, other = chance.random(ROWS) < 0.20, chance.random(ROWS) < 0.25
    valid = split(np.zeros(ROWS, np.int64))
    found = rows_error({7: [classified(one)], 8: [classified(other)]}, 7, valid, seed=0)
    difference = one.astype(float) - other
    assert found[7] == 0
    assert found[8] == pytest.approx(difference.std() / ROWS**0.5, rel=0.15)


def test_several_seeds_are_averaged_row_by_row() -> None:
    chance = np.random.default_rng(1)
    best = [chance.random(ROWS) < 0.2 for _ in range(3)]
    other = [chance.random(ROWS) < 0.3 for _ in range(3)]
    valid = split(np.zeros(ROWS, np.int64))
    outputs = {1: [classified(w) for w in best], 2: [classified(w) for w in other]}
    difference = np.mean(best, axis=0) - np.mean(other, axis=0)
    assert rows_error(outputs, 1, valid, seed=0)[2] == pytest.approx(difference.std() / ROWS**0.5, rel=0.15)


def test_errors_of_a_regression_are_in_the_targets_unit() -> None:
    chance = np.random.default_rng(2)
    targets = chance.normal(size=(ROWS, 1)).astype(np.float32)
    outputs = {s: [targets + chance.normal(0, s, targets.shape).astype(np.float32)] for s in (1, 2)}
    one, ten = (rows_error(outputs, 1, split(targets, scale), seed=0)[2] for scale in (1.0, 10.0))
    assert ten == pytest.approx(10 * one)
    assert one == pytest.approx(
        (0.5 * (1 + 4) / ROWS) ** 0.5, rel=0.15
    )  # sd(RMSE) = sigma / sqrt(2 N), twice


def test_networks_that_err_on_different_rows_are_averaged() -> None:
    early, late = np.arange(ROWS) < 200, np.arange(ROWS) >= 1800
    outputs = {3: classified(early, 2.0), 4: classified(late, 2.0), 5: classified(early | late, 2.0)}
    found = greedy_average(outputs, split(np.zeros(ROWS, np.int64)))
    assert found is not None
    assert set(found[0]) == {3, 4}


def test_a_network_that_no_other_helps_stays_alone() -> None:
    right, wrong = np.zeros(ROWS, bool), np.ones(ROWS, bool)
    outputs = {3: classified(right), 4: classified(wrong)}
    assert greedy_average(outputs, split(np.zeros(ROWS, np.int64))) is None
    assert greedy_average({}, split(np.zeros(ROWS, np.int64))) is None
