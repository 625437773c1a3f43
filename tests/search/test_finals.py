from __future__ import annotations

import math

import pytest

from curvewise.search.finals import Finalist, choose


def finalist(source: int, errors: tuple[float, ...], parameters: int) -> Finalist:
    trials = tuple(source * 10 + i for i in range(len(errors)))
    return Finalist(source, trials, errors, errors, parameters)


def test_the_smallest_within_one_standard_error_wins() -> None:
    large = finalist(1, (0.10, 0.12, 0.11), 10_000)
    small = finalist(2, (0.13, 0.10, 0.11), 1_000)  # mean .1133: differences .03, -.02, 0: SE .0145
    decision = choose([large, small], {})
    assert decision.numbers["source"] == 2
    assert decision.numbers["standard_error"] == pytest.approx(0.014530, abs=1e-5)


def test_a_smaller_one_beyond_one_standard_error_does_not() -> None:
    large = finalist(1, (0.10, 0.12, 0.11), 10_000)
    small = finalist(2, (0.13, 0.15, 0.14), 1_000)
    assert choose([large, small], {}).numbers["source"] == 1


def test_few_validation_rows_widen_the_standard_error() -> None:
    large = finalist(1, (0.10, 0.12, 0.11), 10_000)
    small = finalist(2, (0.13, 0.15, 0.14), 1_000)
    assert choose([large, small], {2: 0.05}).numbers["source"] == 2


def test_the_answer_is_the_median_seed() -> None:
    decision = choose([finalist(7, (0.3, 0.1, 0.2), 10)], {})
    assert decision.trial == 72


def test_a_configuration_that_diverged_with_one_seed_is_not_chosen() -> None:
    steady, wild = finalist(1, (0.2, 0.2, 0.2), 100), finalist(2, (0.1, math.inf, 0.1), 10)
    assert choose([steady, wild], {}).numbers["source"] == 1


def test_equal_sizes_go_by_the_mean() -> None:
    a, b = finalist(1, (0.12, 0.10), 100), finalist(2, (0.11, 0.10), 100)
    assert choose([a, b], {1: 1.0, 2: 1.0}).numbers["source"] == 2
