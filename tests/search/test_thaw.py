from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curvewise.curves.ledger import Ledger
from curvewise.records import Configuration, Decided, Failed, Observed, Restored, Resumed
from curvewise.search.thaw import Thaw
from curvewise.space.domain import Choice, Fixed, Real
from curvewise.space.space import Space
from curvewise.tables import beginning
from tests.search import thawed
from tests.search.thawed import bowl, mixed, moves, numbers, raced, space_of

CLIFF = 0.6
"""Above it the first hyperparameter's trials diverge, some at once, some later."""


def cliff(configuration: Configuration, epoch: int) -> float:
    a = configuration.number("a")
    return math.inf if a > CLIFF and epoch > 8 * (1 - a) else bowl(configuration, epoch)


def never(configuration: Configuration, epoch: int) -> float:
    del configuration, epoch
    return math.nan


def level(configuration: Configuration, epoch: int) -> float:
    del configuration, epoch
    return 0.5


def by_values(configuration: Configuration, epoch: int) -> float:
    """Of any space: a level for every configuration, and a fall."""
    digits = sum(map(ord, str(sorted(configuration.values.items())))) % 97
    return 0.1 + digits / 97 + 1 / epoch


@settings(max_examples=8)
@given(seed=st.integers(0, 2**32 - 1), budget=st.integers(1, 100), horizon=st.integers(1, 40))
def test_spends_the_budget_exactly_and_ends_with_the_best_of_all(
    seed: int, budget: int, horizon: int
) -> None:
    ledger = Ledger.of(raced(numbers(), bowl, budget, horizon=horizon, seed=seed))
    assert ledger.slot_epochs == budget
    assert ledger.ended is not None and ledger.chosen is not None and ledger.chosen.trial is not None
    chosen = ledger.entries[ledger.chosen.trial].curve.best
    assert chosen is not None and chosen.valid_error == thawed.best(ledger)
    assert not ledger.running()
    assert all(entry.curve.age <= horizon for entry in ledger.entries.values())


@settings(max_examples=3)
@given(seed=st.integers(0, 1000), budget=st.integers(40, 120))
def test_replaying_a_history_gives_equal_decisions(seed: int, budget: int) -> None:
    for event, again in thawed.replayed(raced(mixed(), by_values, budget, seed=seed)):
        assert event == again


def test_replaying_a_history_at_once_gives_equal_decisions() -> None:
    events = raced(numbers(), cliff, 200)
    cut = next(place for place in range(len(events) - 40, 0, -1) if isinstance(events[place], Decided))
    race = Thaw()
    race.see(events[:cut])
    assert race.decide(0.0) == events[cut].decisions  # type: ignore[union-attr]


def test_another_seed_gives_another_race() -> None:
    first, second = (moves(raced(numbers(), bowl, 60, seed=seed)) for seed in (0, 1))
    assert first != second


@pytest.mark.parametrize("space", [numbers(), mixed()], ids=["numbers", "mixed"])
def test_never_trains_a_configuration_twice(space: Space) -> None:
    assert not thawed.repeats(Ledger.of(raced(space, by_values, 300)))


def test_every_start_and_promotion_says_how_far_and_why() -> None:
    found = moves(raced(numbers(), bowl, 150))
    assert {each.action for each in found} >= {"start", "promote", "choose", "end"}
    assert all(each.rule and each.reason for each in found)
    assert all("until" in each.numbers for each in found if each.action in ("start", "promote"))


def test_diverging_trials_are_finished_at_once_and_never_the_answer() -> None:
    ledger = Ledger.of(raced(numbers(), cliff, 200))
    diverged = [e for e in ledger.entries.values() if e.curve.last is not None and e.curve.last.diverged]
    assert len(diverged) >= 2
    assert all(e.status in ("finished", "stopped") for e in diverged)
    assert all(sum(point.diverged for point in e.curve.points) == 1 for e in diverged)
    assert ledger.chosen is not None and ledger.chosen.trial is not None
    assert ledger.entries[ledger.chosen.trial].trial.configuration.number("a") <= CLIFF


def test_a_point_that_diverged_counts_as_diverged_whatever_its_error() -> None:
    race, space = Thaw(), numbers()
    race.see([beginning("formula", space, 20, 500, 0)])
    while len(race.ledger.entries) < 8:
        if decisions := race.decide(0.0):
            race.see([Decided(0.0, decisions)])
            continue
        (number,) = race.round()
        entry = race.ledger.entries[number]
        told = thawed.point(number, entry.curve.age + 1, bowl(entry.trial.configuration, 1))
        if number == 2:
            told = msgspec.structs.replace(told, valid_loss=math.inf, valid_error=0.0)
        race.see([Observed(0.0, [told])])
    assert all("the least error so far is 0;" not in f"{each.reason};" for each in race.decide(0.0))


def test_everything_diverges() -> None:
    ledger = Ledger.of(raced(numbers(), never, 600))
    assert ledger.slot_epochs == len(ledger.entries) == 600
    assert ledger.ended is not None and ledger.chosen is None
    assert not thawed.repeats(ledger)


def test_one_hyperparameter() -> None:
    ledger = Ledger.of(raced(space_of(a=Real(0.0, 1.0)), bowl, 100))
    assert ledger.slot_epochs == 100 and thawed.best(ledger) < 0.13


def test_only_choices_all_train_to_their_end_where_the_budget_is_large() -> None:
    space = space_of(a=Choice(("x", "y")), b=Choice((1, 2)))
    ledger = Ledger.of(raced(space, by_values, 1000))
    assert sorted(e.curve.age for e in ledger.entries.values()) == [thawed.HORIZON] * 4
    assert ledger.ended is not None and "nothing left to try" in ledger.ended.reason


def test_nothing_to_choose_trains_once_to_its_end() -> None:
    ledger = Ledger.of(raced(space_of(a=Fixed(0.5)), by_values, 1000))
    assert [entry.curve.age for entry in ledger.entries.values()] == [thawed.HORIZON]
    assert ledger.chosen is not None and ledger.chosen.trial == 0


def test_among_few_recorded_all_train_to_their_end_where_the_budget_is_large() -> None:
    among = [Configuration(dict.fromkeys("abcd", k / 10)) for k in range(9)]
    events = raced(numbers(), bowl, 1000, among=among)
    ledger = Ledger.of(events)
    assert {e.trial.configuration for e in ledger.entries.values()} == set(among)
    assert [e.curve.age for e in ledger.entries.values()] == [thawed.HORIZON] * len(among)
    assert all(event == again for event, again in thawed.replayed(events, among))


def test_equal_curves_are_no_trouble() -> None:
    ledger = Ledger.of(raced(numbers(), level, 150))
    assert ledger.slot_epochs == 150 and ledger.chosen is not None


def test_levels_of_zero_and_below_are_no_trouble() -> None:
    ledger = Ledger.of(raced(numbers(), lambda c, epoch: bowl(c, epoch) - 0.3, 150))
    assert ledger.slot_epochs == 150 and thawed.best(ledger) < 0


def test_a_trial_that_failed_is_not_waited_for() -> None:
    race, space = Thaw(), numbers()
    race.see([beginning("formula", space, 20, 100, 0)])
    decisions = race.decide(0.0)
    race.see([Decided(0.0, decisions), Failed(0, "it cannot", "")])
    (again,) = race.decide(0.0)
    assert race.round() == [] and again.action == "start" and again.trial == 1


def test_a_restored_trial_trains_again_what_was_lost() -> None:
    race, space = Thaw(), numbers()
    race.see([beginning("formula", space, 100, 100, 0)])
    decisions = race.decide(0.0)
    until = int(decisions[0].numbers["until"])
    assert until > 1
    race.see([Decided(0.0, decisions)])
    race.see([Observed(0.0, [thawed.point(0, epoch, 0.5)]) for epoch in range(1, until + 1)])
    assert race.round() == []
    race.see([Restored(0, 1)])
    assert race.round() == [0] and race.decide(0.0) == []


def test_decides_nothing_after_the_end() -> None:
    race = Thaw()
    race.see(raced(numbers(), bowl, 5))
    assert race.decide(0.0) == []


def test_goes_on_where_the_budget_has_grown() -> None:
    race, (first, *others) = Thaw(), raced(numbers(), bowl, 5)
    race.see([first])
    for event in others:
        race.decide(0.0)
        race.see([event])
    race.see([Resumed(0.0, "50e", 1, "")])
    assert race.decide(0.0)[0].action == "start"


@pytest.mark.slow
def test_is_nearer_the_optimum_than_random_search() -> None:
    def random_search(seed: int) -> float:
        generator = np.random.default_rng(seed)
        values = generator.random((200 // thawed.HORIZON, 4)).tolist()
        drawn = [Configuration(dict(zip("abcd", each, strict=True))) for each in values]
        return min(bowl(each, thawed.HORIZON) for each in drawn)

    ours = [thawed.best(Ledger.of(raced(numbers(), bowl, 200, seed=seed))) for seed in range(10)]
    theirs = [random_search(seed) for seed in range(10)]
    assert np.mean([a < b for a, b in zip(ours, theirs, strict=True)]) >= 0.9
    assert np.median(ours) < 0.12 + 0.2 * (float(np.median(theirs)) - 0.12)
