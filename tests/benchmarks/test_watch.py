"""What the harness makes of its turns, and that it watches what it says."""

import pytest

from watch import PROBLEMS, Problem, Training, Turns, kept, means, summarise


def test_what_is_added_is_the_ratio_of_the_sums() -> None:
    found = summarise(Turns([1e-3] * 50, [1.01e-3] * 49 + [1.11e-3]))
    assert found["percent"] == pytest.approx(1.2)
    assert found["median_percent"] == pytest.approx(1.0)
    assert found["low"] <= found["percent"] <= found["high"]


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name.split()[0])
def test_turns_of_both_kinds_take_the_same_steps(problem: Problem) -> None:
    plain, watched = Training(problem, "cpu"), Training(problem, "cpu")
    seconds = [plain.turn(watched=False) for _ in range(3)] + [watched.turn(watched=True) for _ in range(3)]
    assert min(seconds) > 0
    pairs = zip(plain.model.parameters(), watched.model.parameters(), strict=True)
    assert all(one.equal(other) for one, other in pairs)
    assert plain.watch.run.points == 0 < watched.watch.run.points


@pytest.mark.parametrize("problem", PROBLEMS[:1], ids=lambda problem: problem.name.split()[0])
def test_pairs_are_of_one_training_and_the_watch_tells_of_itself(problem: Problem) -> None:
    training, turns = Training(problem, "cpu"), Turns()
    turns.take(training, 0.5)
    assert len(turns.plain) == len(turns.watched) > 0
    assert kept(training.watch).keys() == {"account_percent", "call_us", "measured_every", "losses_every"}


def test_of_many_turns_means_are_kept() -> None:
    assert means(Turns([1e-6] * 150, [2e-6] * 100 + [4e-6] * 50), count=100) == [
        {"turn": 0, "plain_us": 1.0, "watched_us": 2.0},
        {"turn": 100, "plain_us": 1.0, "watched_us": 4.0},
    ]
