from __future__ import annotations

import math
from collections.abc import Mapping

import pytest

from curvewise.curves.ledger import Entry, Ledger
from curvewise.records import Configuration, Point, Trial
from curvewise.search.finals import Finalist, choose, finalists


def finalist(source: int, errors: tuple[float, ...]) -> Finalist:
    trials = tuple(source * 10 + i for i in range(len(errors)))
    return Finalist(source, trials, errors, errors)


def test_the_smallest_within_one_standard_error_wins() -> None:
    large = finalist(1, (0.10, 0.12, 0.11))
    small = finalist(2, (0.13, 0.10, 0.11))  # mean .1133: differences .03, -.02, 0: SE .0145
    decision = choose([large, small], {}, {1: 10_000, 2: 1_000})
    assert decision.numbers["source"] == 2
    assert decision.numbers["standard_error"] == pytest.approx(0.014530, abs=1e-5)


def test_a_smaller_one_beyond_one_standard_error_does_not() -> None:
    large = finalist(1, (0.10, 0.12, 0.11))
    small = finalist(2, (0.13, 0.15, 0.14))
    assert choose([large, small], {}, {1: 10_000, 2: 1_000}).numbers["source"] == 1


def test_few_validation_rows_widen_the_standard_error() -> None:
    large = finalist(1, (0.10, 0.12, 0.11))
    small = finalist(2, (0.13, 0.15, 0.14))
    assert choose([large, small], {2: 0.05}, {1: 10_000, 2: 1_000}).numbers["source"] == 2


def test_the_answer_is_the_best_seed() -> None:
    decision = choose([finalist(7, (0.3, 0.1, 0.2))], {}, {7: 10})
    assert decision.trial == 71


def test_equal_sizes_go_by_the_mean() -> None:
    a, b = finalist(1, (0.12, 0.10)), finalist(2, (0.11, 0.10))
    assert choose([a, b], {1: 1.0, 2: 1.0}, {1: 100, 2: 100}).numbers["source"] == 2


def trained(curves: Mapping[tuple[int, int], list[float]]) -> Ledger:
    """Finalists by (source, seed), in order, each with its errors by epoch."""
    ledger = Ledger()
    for number, ((source, seed), errors) in enumerate(curves.items(), 100):
        trial = Trial(number, Configuration({}), seed % 10, 9, "finalist", source)
        entry = ledger.entries[number] = Entry(trial, "finished")
        for epoch, error in enumerate(errors, 1):
            entry.curve.add(Point(number, epoch, epoch, 1.0, error, error, error, error, 0.1, 1.0, 0.1))
    return ledger


def test_a_configuration_that_diverged_with_one_seed_is_no_candidate() -> None:
    curves = {(1, 1): [0.2], (1, 2): [0.2], (2, 1): [0.1], (2, 2): [math.inf]}
    assert [f.source for f in finalists(trained(curves))] == [1]


def test_seeds_are_compared_in_pairs() -> None:
    curves = {(1, 1): [0.1], (1, 2): [0.2], (2, 2): [0.3], (2, 1): [0.4]}
    assert [f.errors for f in finalists(trained(curves))] == [(0.1, 0.2), (0.4, 0.3)]


def test_only_those_with_the_most_seeds_are_compared() -> None:
    curves = {(1, 1): [0.1], (2, 1): [0.3], (2, 2): [0.3], (3, 1): [0.2], (3, 2): [0.2], (1, 2): []}
    assert [f.source for f in finalists(trained(curves))] == [2, 3]


def test_a_seed_cut_short_and_trained_again_counts_once() -> None:
    curves = {
        (1, 1): [0.5],
        (1, 2): [0.5],
        (2, 1): [0.3],
        (2, 2): [0.3],
        (1, 11): [0.4, 0.2],
        (1, 12): [0.4, 0.2],
    }
    found = {f.source: f for f in finalists(trained(curves))}
    assert found[1].errors == (0.2, 0.2) and found[2].errors == (0.3, 0.3)
    assert found[1].trials == (104, 105)


def test_a_seed_that_failed_does_not_count() -> None:
    ledger = trained({(1, 1): [0.1], (1, 2): [0.1], (2, 1): [0.3], (2, 2): [0.3]})
    ledger.entries[101].status = "failed"
    assert [f.source for f in finalists(ledger)] == [2]


def test_of_the_seeds_after_the_third_only_whole_ones_count() -> None:
    curves = {(source, seed): [0.1 * source] for seed in (1, 2, 3, 4) for source in (1, 2)}
    ledger = trained(curves)
    assert [len(f.trials) for f in finalists(ledger)] == [4, 4]
    ledger.entries[107].status = "stopped"  # source 2's fourth seed
    assert [len(f.trials) for f in finalists(ledger)] == [3, 3]
    ledger.entries[105].status = "stopped"  # source 2's third: all finalists were cut short there
    assert [len(f.trials) for f in finalists(ledger)] == [3, 3]
