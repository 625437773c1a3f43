"""What the harness makes of its turns, and that it watches what it says."""

import pytest

from watch import PROBLEMS, Pair, kept, means, summarise


def test_what_is_added_is_the_ratio_of_the_sums() -> None:
    found = summarise([1e-3] * 50, [1.01e-3] * 49 + [1.11e-3], steps=20)
    assert found["percent"] == pytest.approx(1.2)
    assert found["median_percent"] == pytest.approx(1.0)
    assert found["low"] <= found["percent"] <= found["high"]


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name.split()[0])
def test_both_loops_take_the_same_steps(problem: object) -> None:
    pair = Pair(problem, "cpu")  # type: ignore[arg-type]
    for loop in (pair.plain, pair.watched):
        loop.train(10)
    assert len(pair.plain.seconds) == len(pair.watched.seconds) == 1
    weights = [list(loop.model.parameters()) for loop in (pair.plain, pair.watched)]
    assert all(one.equal(other) for one, other in zip(*weights, strict=True))
    assert kept(pair.watched.watch).keys() == {
        "account_percent",
        "call_us",
        "measured_every",
        "losses_every",
    }


def test_of_many_turns_means_are_kept() -> None:
    assert means([1e-6] * 150, [2e-6] * 100 + [4e-6] * 50) == [
        {"turn": 0, "plain_us": 1.0, "watched_us": 2.0},
        {"turn": 100, "plain_us": 1.0, "watched_us": 4.0},
    ]
