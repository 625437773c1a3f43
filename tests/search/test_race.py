from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curvewise.curves.ledger import Ledger
from curvewise.records import Decided, Observed, Resumed
from curvewise.search import closing, finals, rules
from curvewise.search.limits import Limits
from curvewise.search.race import Race
from tests.search import analytic

EPOCHS = Limits(math.inf, 600, 1, 0.0)
TIMED = Limits(20.0, math.inf, 2, 0.4)


@pytest.mark.parametrize(
    "limits", [EPOCHS, TIMED, Limits(math.inf, 40, 1, 0.0), Limits(3.0, math.inf, 1, 0.4)]
)
def test_ends_with_an_answer_within_the_budget(limits: Limits) -> None:
    ledger = Ledger.of(analytic.run(limits))
    assert ledger.chosen is not None and ledger.chosen.trial is not None
    assert ledger.ended is not None
    assert not ledger.running()
    if limits.timed:
        assert ledger.elapsed <= limits.seconds
        assert ledger.elapsed >= 0.8 * limits.seconds  # and the budget is used
    else:
        assert ledger.slot_epochs <= limits.slot_epochs


def test_finds_the_optimum_of_the_formula() -> None:
    ledger = Ledger.of(analytic.run(TIMED))
    assert ledger.chosen is not None and ledger.chosen.trial is not None
    winner = ledger.entries[ledger.chosen.trial].trial.configuration
    assert 0.001 < winner.number("learning_rate") < 0.01


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 1000), epochs=st.integers(30, 400))
def test_replaying_a_history_gives_equal_decisions(seed: int, epochs: int) -> None:
    limits = Limits(math.inf, epochs, 1, 0.0)
    for event, again in analytic.replayed(analytic.run(limits, seed=seed)):
        assert event.decisions == again


def test_replaying_a_timed_history_gives_equal_decisions() -> None:
    for event, again in analytic.replayed(analytic.run(TIMED)):
        assert event.decisions == again


def test_replaying_a_history_with_a_grown_budget_gives_equal_decisions() -> None:
    first = analytic.run(Limits(5.0, math.inf, 2, 0.4))
    again = analytic.run(TIMED, history=[*first, Resumed(5.0, "20s", 2, "")])
    for event, decisions in analytic.replayed(again):
        assert event.decisions == decisions


def test_no_configuration_is_trained_twice_but_by_finalists() -> None:
    ledger = Ledger.of(analytic.run(TIMED))
    searched = [
        e.trial.configuration
        for e in ledger.entries.values()
        if e.trial.origin not in ("finalist", "suspect")
    ]
    assert max(Counter(searched).values()) == 1


def test_every_end_of_a_trial_is_a_decision_with_rule_and_reason() -> None:
    ledger = Ledger.of(analytic.run(TIMED))
    for entry in ledger.entries.values():
        assert entry.status in ("stopped", "finished")
        assert entry.rule and entry.reason


def test_every_start_stop_and_promotion_has_numbers() -> None:
    for event in analytic.run(TIMED):
        if isinstance(event, Decided):
            assert all(decision.rule and decision.numbers for decision in event.decisions)


def test_finalists_get_the_same_seeds_and_the_answer_is_one_of_them() -> None:
    ledger = Ledger.of(analytic.run(TIMED))
    seeds: dict[int | None, list[int]] = {}
    for entry in ledger.entries.values():
        if entry.trial.origin == "finalist":
            seeds.setdefault(entry.trial.parent, []).append(entry.trial.seed)
    assert len(seeds) >= 2
    assert len({tuple(s) for s in seeds.values()}) == 1
    assert all(len(s) == 3 for s in seeds.values())
    assert ledger.chosen is not None and ledger.chosen.trial is not None
    assert ledger.entries[ledger.chosen.trial].trial.origin == "finalist"


def test_diverged_trials_are_stopped_at_once_and_named() -> None:
    ledger = Ledger.of(analytic.run(EPOCHS))
    diverged = [e for e in ledger.entries.values() if e.curve.last and e.curve.last.diverged]
    assert diverged
    assert all(e.status == "stopped" and e.rule == "diverged" for e in diverged)


def test_trials_are_stopped_only_at_ages_of_comparison_or_their_own_end() -> None:
    ledger = Ledger.of(analytic.run(TIMED))
    assert ledger.plan is not None
    ages = rules.ages(int(ledger.plan.numbers["horizon"]))
    for entry in ledger.entries.values():
        if entry.rule == "behind at equal age":
            assert entry.curve.age in ages


def test_a_fixed_learning_rate_is_honoured_by_every_trial() -> None:
    narrowed = analytic.space().narrow({"learning_rate": 0.02})
    ledger = Ledger.of(analytic.run(EPOCHS, searched=narrowed))
    assert {e.trial.configuration["learning_rate"] for e in ledger.entries.values()} == {0.02}
    assert all(e.trial.origin != "suspect" for e in ledger.entries.values())
    assert ledger.chosen is not None


def test_a_space_of_one_configuration_ends_with_that_one() -> None:
    searched = analytic.space()
    fixed = searched.narrow({name: searched.default()[name] for name in searched.searched})
    ledger = Ledger.of(analytic.run(Limits(math.inf, 400, 1, 0.0), searched=fixed))
    assert ledger.chosen is not None
    assert len({e.trial.configuration for e in ledger.entries.values()}) == 1


@pytest.mark.parametrize("limits", [TIMED, EPOCHS])
def test_time_that_the_finalists_leave_buys_more_seeds_of_all_of_them(limits: Limits) -> None:
    """A single configuration is soon done: the rest of the budget is seeds, nine at most."""
    searched = analytic.space()
    fixed = searched.narrow({name: searched.default()[name] for name in searched.searched})
    ledger = Ledger.of(analytic.run(limits, searched=fixed))
    seeds = ledger.finalists()[next(iter(ledger.finalists()))]
    assert 3 < len(seeds) <= finals.MOST_SEEDS
    assert all(entry.status == "finished" for entry in seeds.values())
    assert ledger.chosen is not None and ledger.chosen.numbers["seeds"] == len(seeds)


def test_finalists_that_fail_with_every_further_seed_end_the_study_all_the_same() -> None:
    searched = analytic.space()
    fixed = searched.narrow({name: searched.default()[name] for name in searched.searched})
    last = {closing.FINAL_SEEDS + k for k in range(finals.SEEDS)}
    events = analytic.run(
        TIMED, searched=fixed, unable=lambda t: t.origin == "finalist" and t.seed not in last
    )
    chosen = Ledger.of(events).chosen
    assert chosen is not None and chosen.numbers["seeds"] == finals.SEEDS


def test_a_round_on_a_clock_is_short() -> None:
    rounds: list[float] = []
    events = analytic.run(Limits(30.0, math.inf, 2, 0.4), seconds=0.4)
    previous = 0.1
    for event in events:
        if isinstance(event, Observed):
            rounds.append(event.elapsed - previous)
            previous = event.elapsed
    assert sorted(rounds)[len(rounds) // 2] <= 1.3


def test_a_round_of_a_long_study_loses_no_more_than_two_seconds_to_a_kill() -> None:
    race = Race()
    race.see([analytic.opened(analytic.space(), "2h", threads=2)])
    race.see([Decided(0.1, race.decide(0.1))])
    for elapsed in (0.5, 2.5):
        trained = [race.ledger.entries[number] for number in race.round()]
        race.see([Observed(elapsed, [analytic.point(e.trial, e.curve.age + 1, 0.4) for e in trained])])
    assert len(trained) * 0.4 / 2 <= 2.0
    assert len(trained) > 2


def test_a_larger_budget_goes_on_and_trains_no_finalist_twice() -> None:
    small, large = Limits(5.0, math.inf, 2, 0.4), Limits(15.0, math.inf, 2, 0.4)
    first = analytic.run(small)
    again = analytic.run(large, history=[*first, Resumed(5.0, "15s", 2, "")])
    assert again[: len(first)] == first
    ledger = Ledger.of(again)
    assert ledger.chosen is not None and ledger.ended is not None
    assert 5.0 < ledger.elapsed <= 15.0
    pairs = Counter(
        (e.trial.parent, e.trial.seed)
        for e in ledger.entries.values()
        if e.trial.origin == "finalist" and e.status == "finished"
    )
    assert max(pairs.values()) == 1


def test_slots_of_huge_networks_fit_into_memory_together() -> None:
    huge = {"units": 2048, "layers": 8, "first_ratio": 1.0}
    running: set[int] = set()
    most = 0
    for event in analytic.run(Limits(math.inf, 200, 1, 0.0), searched=analytic.space().narrow(huge)):
        if isinstance(event, Decided):
            for decision in event.decisions:
                if decision.action == "start" and decision.trial is not None:
                    running.add(decision.trial)
                elif decision.action in ("stop", "finish") and decision.trial is not None:
                    running.discard(decision.trial)
            most = max(most, len(running))
    assert most >= 2
    assert most * 7 * 2048**2 * 16 <= 2 << 30  # 7 square layers of 8


def test_a_budget_that_ends_within_the_probe_stops_it_once_there_is_an_answer() -> None:
    ledger = Ledger.of(analytic.run(Limits(1.0, math.inf, 2, 0.4), seconds=1.0))
    assert ledger.chosen is not None and ledger.ended is not None
    assert ledger.elapsed <= 1.2  # one epoch on each thread, not one of each of 18 suspects
    rates = {e.trial.configuration["learning_rate"] for e in ledger.entries.values() if e.curve.age}
    assert 0.01 in rates  # the likeliest is trained first


@pytest.mark.parametrize("epochs", [1, 2, 5, 7])
def test_a_handful_of_epochs_is_never_overrun(epochs: int) -> None:
    ledger = Ledger.of(analytic.run(Limits(math.inf, epochs, 1, 0.0)))
    assert ledger.chosen is not None
    assert ledger.slot_epochs <= epochs


@pytest.mark.parametrize("limits", [EPOCHS, TIMED])
def test_a_study_in_which_every_trial_fails_ends(limits: Limits) -> None:
    ledger = Ledger.of(analytic.run(limits, unable=lambda trial: True))
    assert ledger.ended is not None and ledger.ended.rule == "nothing trains"
    assert ledger.chosen is None
    assert len(ledger.entries) < 200


@pytest.mark.parametrize("limits", [EPOCHS, TIMED])
def test_trials_that_fail_at_their_start_keep_no_other_from_training(limits: Limits) -> None:
    events = analytic.run(limits, unable=lambda trial: trial.number >= 20 and trial.number % 5 > 0)
    ledger = Ledger.of(events)
    assert ledger.chosen is not None
    failed = [entry for entry in ledger.entries.values() if entry.status == "failed"]
    assert failed
    rounds = sum(isinstance(event, Observed) for event in events)
    assert len(failed) <= 40 * rounds  # while others train, free slots wait for the next round
    for event, again in analytic.replayed(events):
        assert event.decisions == again


def test_a_larger_budget_tries_again_where_nothing_trained() -> None:
    first = analytic.run(Limits(math.inf, 40, 1, 0.0), unable=lambda trial: True)
    history = [*first, Resumed(5.0, "600e", 1, "")]
    ledger = Ledger.of(analytic.run(EPOCHS, history=history))
    assert ledger.chosen is not None


def test_no_epoch_begins_that_cannot_end_within_the_budget() -> None:
    limits = Limits(100.0, math.inf, 2, 0.4)
    events = analytic.run(limits, seconds=4.0)
    assert Ledger.of(events).elapsed <= limits.seconds
    assert all(event.decisions == again for event, again in analytic.replayed(events))
