"""The article's moves lead where the article says, from the history alone, and within the budget."""

from __future__ import annotations

import math

import pytest

from curvewise.curves.ledger import Ledger
from curvewise.records import Configuration, Decided, Resumed
from curvewise.search.article.article import Article
from curvewise.search.limits import Limits
from tests.search import analytic
from tests.search.article import formula
from tests.search.article.formula import GUESSING, falling, opened, run, told, tried

NARROW = {
    "optimizer": "sgd",
    "decay": "constant",
    "minibatch": 32,
    "units": 64,
    "layers": 1,
    "dropout": 0.0,
    "weight_decay": 1e-4,
}
"""Nothing but the learning rate is left to move."""


def only(*free: str) -> object:
    """A study in which only these may be moved."""
    fixed = {name: value for name, value in NARROW.items() if name not in free}
    if "learning_rate" not in free:
        fixed["learning_rate"] = 0.01
    return opened(formula.EPOCHS, analytic.space().narrow(fixed))


def test_starts_at_a_hundredth_with_plain_gradient_descent_and_minibatch_32() -> None:
    first = Ledger.of(run()).entries[0].trial.configuration
    wanted = {"learning_rate": 0.01, "optimizer": "sgd", "decay": "constant", "minibatch": 32, "layers": 2}
    assert {name: first[name] for name in wanted} == wanted
    assert first["dropout"] == 0.0


def test_where_the_start_diverges_the_next_suspect_is_below() -> None:
    def curve(configuration: Configuration, epoch: int) -> float:
        return math.inf if configuration.number("learning_rate") > 2e-3 else falling(configuration, epoch)

    events = run(curve, only("learning_rate"))
    assert tried(events, "learning_rate")[:2] == [0.01, 0.001]
    assert told(events, "stop")[0].rule == "article: back"
    assert "did not train" in told(events, "start")[1].reason
    chosen = Ledger.of(events).chosen
    assert chosen is not None and chosen.trial is not None


def test_where_it_rises_the_sign_says_down_and_it_goes_down() -> None:
    def curve(configuration: Configuration, epoch: int) -> float:
        rate = configuration.number("learning_rate")
        return GUESSING * (0.5 + 0.2 * epoch) if rate > 2e-3 else falling(configuration, epoch)

    events = run(curve, only("learning_rate"))
    assert tried(events, "learning_rate")[:2] == [0.01, 0.001]
    second = told(events, "start")[1]
    assert second.rule == "article: next suspect"
    assert second.finding is not None and second.finding.direction == "lower"


def test_where_it_is_too_slow_the_next_suspect_is_above() -> None:
    def curve(configuration: Configuration, epoch: int) -> float:
        return GUESSING * max(0.05, 1 - 0.3 * epoch * configuration.number("learning_rate"))

    events = run(curve, only("learning_rate"))
    assert tried(events, "learning_rate")[:3] == [0.01, 0.1, 1.0]
    second = told(events, "start")[1]
    assert second.finding is not None and second.finding.trial == 0
    assert "next suspect up" in second.reason


def test_where_it_is_good_both_neighbours_are_tried_and_it_goes_back() -> None:
    events = run(begin=only("learning_rate"))
    rates = tried(events, "learning_rate")
    assert set(rates[:3]) == {0.01, 0.1, 0.001}
    assert "back to learning rate 0.01" in told(events, "finish")[1].reason + told(events, "stop")[0].reason
    chosen = Ledger.of(events).chosen
    assert chosen is not None and chosen.trial is not None
    assert Ledger.of(events).entries[chosen.trial].trial.configuration["learning_rate"] == 0.01


def test_where_it_is_stuck_swinging_the_rate_decays_and_does_not_just_fall() -> None:
    def curve(configuration: Configuration, epoch: int) -> float:
        swings = configuration["decay"] == "constant" and epoch > 3
        floor = 0.4 + 0.05 * math.sin(2.4 * epoch) if swings else 0.3
        return GUESSING * (floor + 0.6 / (1 + epoch) ** 2)

    events = run(curve, only("learning_rate", "decay"))
    second = told(events, "start")[1]
    assert second.rule == "article: decay when stuck"
    assert second.start is not None and second.start.configuration["decay"] == "linear"
    assert second.finding is not None and second.finding.sign == "oscillating on a plateau"
    assert tried(events, "decay")[2] == "step"


def test_units_are_doubled_as_long_as_they_help_by_more_than_a_standard_error() -> None:
    def curve(configuration: Configuration, epoch: int) -> float:
        return GUESSING * (12 / min(configuration.number("units"), 228.0) + 0.6 / (1 + epoch))

    events = run(curve, only("units"))
    assert tried(events, "units")[:3] == [114, 228, 456]
    outcomes = [each for each in told(events, "finish") if "standard_error" in each.numbers]
    assert [each.rule for each in outcomes[:3]] == ["article: kept"] * 2 + ["article: back"]
    assert "stop adding" in outcomes[2].reason


def test_a_gain_within_one_standard_error_stops_the_adding() -> None:
    def curve(configuration: Configuration, epoch: int) -> float:
        return GUESSING * (0.3 - 1e-5 * configuration.number("units") + 0.6 / (1 + epoch))

    events = run(curve, only("units"))
    assert tried(events, "units") == [114, 228]
    assert "not more than one standard error" in told(events, "finish")[1].reason


def test_layers_come_after_units() -> None:
    events = run(begin=only("units", "layers"))
    assert tried(events, "units")[:3] == [114, 228, 114]
    assert tried(events, "layers")[:3] == [2, 2, 3]


def test_dropout_comes_where_the_curve_overfits() -> None:
    def curve(configuration: Configuration, epoch: int) -> float:
        late = max(0.0, epoch - 8) * (0.0 if configuration["dropout"] else 0.05)
        return GUESSING * (0.3 + 0.6 / (1 + epoch) + late)

    events = run(curve, only("dropout", "weight_decay"), training=lambda c, epoch: 1 / (1 + epoch))
    assert tried(events, "dropout")[1] == 0.2
    second = told(events, "start")[1]
    assert second.rule == "article: against overfitting"
    assert second.finding is not None and second.finding.sign in ("overfitting", "learned by heart")


def test_nothing_is_done_against_overfitting_that_is_not_there() -> None:
    assert set(tried(run(begin=only("dropout")), "dropout")) == {0.0}


def test_minibatches_take_the_rate_along() -> None:
    events = run(begin=only("learning_rate", "minibatch"))
    pairs = list(zip(tried(events, "minibatch"), tried(events, "learning_rate"), strict=True))
    assert (64, 0.02) in pairs and (16, 0.005) in pairs


def test_optimizers_begin_at_the_articles_start_and_follow_their_sign() -> None:
    def curve(configuration: Configuration, epoch: int) -> float:
        if configuration["optimizer"] == "adam":
            return math.inf if configuration.number("learning_rate") > 2e-3 else 0.05 + 0.5 / (1 + epoch)
        return falling(configuration, epoch)

    events = run(curve, only("learning_rate", "optimizer"))
    adam = [
        e.trial.configuration["learning_rate"]
        for e in Ledger.of(events).entries.values()
        if e.trial.configuration["optimizer"] == "adam" and e.trial.origin != "finalist"
    ]
    assert adam[:2] == [0.01, 0.001]


def test_what_is_fixed_is_never_moved() -> None:
    fixed = {"learning_rate": 0.003, "optimizer": "momentum", "units": 100, "decay": "cosine"}
    events = run(begin=opened(formula.EPOCHS, analytic.space().narrow(fixed)))
    for name, value in fixed.items():
        assert set(tried(events, name)) == {value}
    assert len(set(tried(events, "minibatch"))) > 1


def test_a_space_of_one_configuration_is_trained_and_re_seeded() -> None:
    searched = analytic.space()
    fixed = searched.narrow({name: searched.default()[name] for name in searched.searched})
    ledger = Ledger.of(run(begin=opened(formula.EPOCHS, fixed)))
    assert ledger.chosen is not None and len({e.trial.configuration for e in ledger.entries.values()}) == 1


@pytest.mark.parametrize(
    "limits",
    [formula.EPOCHS, formula.TIMED, Limits(math.inf, 30, 1, 0.0), Limits(math.inf, 3, 1, 0.0)],
)
def test_ends_with_an_answer_within_the_budget(limits: Limits) -> None:
    ledger = Ledger.of(run(limits=limits))
    assert ledger.chosen is not None and ledger.chosen.trial is not None
    assert ledger.ended is not None and not ledger.running()
    if limits.timed:
        assert ledger.elapsed <= limits.seconds
    else:
        assert ledger.slot_epochs <= limits.slot_epochs


def test_the_first_trial_of_slow_epochs_takes_a_twentieth_of_the_seconds_and_sets_the_others_length() -> None:
    ledger = Ledger.of(run(limits=Limits(20.0, math.inf, 1, 0.4), seconds=0.1))
    assert 10 <= ledger.entries[0].curve.age <= 11
    others = [e for e in ledger.entries.values() if e.trial.origin == "local"]
    assert others and all(e.trial.horizon == ledger.entries[0].curve.age for e in others)


@pytest.mark.parametrize("limits", [formula.EPOCHS, formula.TIMED])
def test_replaying_a_history_gives_equal_decisions(limits: Limits) -> None:
    again = Article()
    for event in run(limits=limits):
        if isinstance(event, Decided):
            assert again.decide(event.elapsed) == event.decisions
        again.see([event])


def test_a_grown_budget_goes_on_with_the_next_move() -> None:
    first = run(limits=Limits(math.inf, 80, 1, 0.0))
    moves = len(tried(first, "units"))
    again = run(history=[*first, Resumed(1.0, "2000e", 1, "")])
    assert len(tried(again, "units")) > moves
    assert Ledger.of(again).ended is not None
    replayed = Article()
    for event in again:
        if isinstance(event, Decided):
            assert replayed.decide(event.elapsed) == event.decisions
        replayed.see([event])


def test_one_trial_at_a_time_and_each_with_a_sentence() -> None:
    running = 0
    for event in run():
        if isinstance(event, Decided):
            for decision in event.decisions:
                assert decision.reason and decision.rule
                if "finalist" in decision.rule:
                    return
                running += (decision.action == "start") - (decision.action in ("stop", "finish"))
                assert running <= 1
    raise AssertionError("no finalists")


def test_moves_that_cannot_be_trained_are_passed_over() -> None:
    ledger = Ledger.of(run(unable=lambda trial: trial.configuration["units"] == 228))
    assert ledger.chosen is not None and ledger.ended is not None
    assert any(e.status == "failed" for e in ledger.entries.values())


def test_a_study_in_which_nothing_trains_ends_without_an_answer() -> None:
    ledger = Ledger.of(run(lambda configuration, epoch: math.inf))
    assert ledger.ended is not None and ledger.chosen is None
    assert tried(run(lambda c, e: math.inf), "learning_rate") == [0.01, 0.001, 1e-4, 1e-5]
