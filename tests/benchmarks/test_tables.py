"""The stage of the race on recorded curves: nobody sees what was not paid for, and everything is counted."""

import math

import numpy as np
import pytest

import tables_baselines
import tables_cell
from tables_article import article
from tables_finite import Finite
from tables_methods import METHODS
from tables_problem import Dimension, Problem
from tables_recorder import BudgetSpent, ListExhausted, Recorder
from tables_scales import Scale, measure

HORIZON = 30
DIMENSIONS = (
    Dimension("learning_rate", "real", 1e-5, 1.0, log=True),
    Dimension("units", "integer", 4, 64, log=True),
    Dimension("momentum", "real", 0.0, 0.99, complement=True),
    Dimension("optimizer", "choice", choices=("sgd", "adam")),
)
OWN = [name for name, method in METHODS.items() if not method.peer and method.module != "tables_ours"]


class Formula:
    """Any configuration: its error falls to a floor by how far the best rate is; above 0.5 it diverges."""

    problem = Problem("formula/one", HORIZON, DIMENSIONS, 1.0)

    def curve(self, configuration, epochs=None):
        away = abs(math.log10(configuration["learning_rate"] / 0.03))
        epoch = np.arange(1, HORIZON + 1)
        error = 0.1 + 0.1 * away + (0.8 - 0.1 * away) * np.exp(-epoch / (3 + 2 * away))
        error = np.where((configuration["learning_rate"] > 0.5) & (epoch > 2), np.nan, error)
        curve = np.stack([error, error, np.full(HORIZON, np.nan), epoch.astype(float)], axis=1)
        return curve[: HORIZON if epochs is None else min(HORIZON, epochs + 3)]


def finite(count=25):
    rng = np.random.default_rng(5)
    drawn = [Formula.problem.draw(rng) for _ in range(count)]
    problem = Problem("finite/one", HORIZON, DIMENSIONS, 1.0, tuple(drawn))
    return Finite(problem, np.stack([Formula().curve(each) for each in drawn]))


def first():
    return Formula.problem.from_unit([0.5] * 4)


@pytest.mark.parametrize("dimension", DIMENSIONS, ids=lambda dimension: dimension.name)
def test_a_value_keeps_its_place_on_the_axis(dimension):
    for u in np.linspace(0, 1, 41):
        value = dimension.from_unit(u)
        again = dimension.from_unit(dimension.to_unit(value))
        assert again == (value if dimension.kind != "real" else pytest.approx(value, rel=1e-9, abs=1e-12))
    if dimension.kind != "choice":
        assert (dimension.from_unit(0), dimension.from_unit(1)) == (dimension.low, dimension.high)


def test_epochs_are_counted_and_the_incumbent_is_kept():
    recorder = Recorder(Formula(), trainings=2)
    curve = Formula().curve(first())
    errors = [recorder.advance(7, first()) for _ in range(3)]
    assert errors == [pytest.approx(each) for each in curve[:3, 0]]
    assert (recorder.spent, recorder.age(7), recorder.left) == (3, 3, 57)
    assert recorder.improvements == [(e + 1, error) for e, error in enumerate(errors)]
    assert recorder.train(7, first(), 2) == errors[1]
    assert recorder.spent == 3, "what was paid for costs nothing"
    assert recorder.seen(7).shape == (3, 4)


def test_nobody_goes_beyond_the_budget_or_the_horizon():
    recorder = Recorder(Formula(), trainings=1)
    recorder.train(0, first(), HORIZON)
    with pytest.raises(BudgetSpent):
        recorder.advance(1, first())
    recorder = Recorder(Formula(), trainings=2)
    recorder.train(0, first(), HORIZON)
    with pytest.raises(ValueError, match="has had all of its 30 epochs"):
        recorder.advance(0, first())


def test_what_a_method_is_given_holds_no_curve():
    problem = Recorder(Formula()).problem
    assert not [name for name in dir(problem) if "curve" in name]


def test_a_curve_is_paid_for_as_it_is_read():
    recorder = Recorder(Formula(), trainings=1)
    curve = recorder.curve(first())
    assert (len(curve), recorder.spent) == (HORIZON, 0)
    assert curve[4][0] == Formula().curve(first())[4, 0]
    assert recorder.spent == 5
    assert [row[0] for row in recorder.curve(first())[:2]] == [curve[0][0], curve[1][0]]
    assert recorder.spent == 5, "the same configuration is the same trial"
    with pytest.raises(IndexError):
        curve[HORIZON]


def test_a_diverged_epoch_is_infinite_and_no_incumbent():
    recorder = Recorder(Formula())
    hot = {**first(), "learning_rate": 0.9}
    errors = [recorder.advance(0, hot) for _ in range(4)]
    assert errors[2:] == [math.inf, math.inf]
    assert recorder.incumbent == min(errors[:2]) == recorder.least(0)


def test_of_a_finite_list_everybody_gets_the_nearest_that_is_free():
    table = finite(4)
    recorder, listed = Recorder(table), table.problem.configurations
    for trial in range(4):
        recorder.advance(trial, listed[2])
    taken = [recorder.configuration(trial) for trial in range(4)]
    assert taken[0] == listed[2]
    assert sorted(map(table.problem.key, taken)) == sorted(map(table.problem.key, listed))
    with pytest.raises(ListExhausted):
        recorder.advance(4, listed[0])
    recorder.finish()
    assert [recorder.age(trial) for trial in range(4)] == [HORIZON] * 4


@pytest.mark.parametrize("table", [Formula(), finite()], ids=["any", "finite"])
@pytest.mark.parametrize("name", OWN)
def test_a_method_spends_its_budget_and_repeats_itself(name, table):
    told = []
    for _ in range(2):
        recorder = Recorder(table, trainings=6)
        METHODS[name].run(recorder, seed=3)
        told.append((recorder.spent, recorder.improvements))
    assert told[0] == told[1]
    assert recorder.spent <= recorder.budget
    assert recorder.spent == recorder.budget or table.problem.configurations
    scale = Scale(0.1, 0.3)
    assert scale.regret(recorder.incumbent) < 0.6, "six full trainings find something"


def test_halving_resumes_and_drops_two_thirds_at_each_rung():
    recorder = Recorder(Formula(), trainings=50)
    tables_baselines.bracket(recorder, np.random.default_rng(0), range(9), 1, 3)
    ages = sorted(recorder.age(trial) for trial in range(9))
    assert ages == [1] * 6 + [3] * 2 + [30]
    assert recorder.spent == sum(ages)
    last = max(range(9), key=recorder.age)
    assert recorder.least(last, 3) == min(recorder.least(t, 3) for t in range(9) if recorder.age(t) >= 3)


def test_the_article_starts_at_one_hundredth():
    recorder = Recorder(Formula(), trainings=1)
    with pytest.raises(BudgetSpent):
        article(recorder.problem, recorder, np.random.default_rng(0))
    assert recorder.configuration(0)["learning_rate"] == 0.01


def test_regret_is_one_at_the_median_and_nothing_at_the_best():
    scale = Scale(best=0.1, median=0.5)
    assert [scale.regret(each) for each in (math.inf, 0.9, 0.5, 0.3, 0.1, 0.05)] == pytest.approx(
        [1, 1, 1, 0.5, 0, 0]
    )
    assert scale.regret(0.1, best_seen=0.0) == pytest.approx(0.2)


def test_the_scale_of_a_finite_table_is_that_of_all_it_holds():
    table = finite()
    errors = np.stack([table.curve(each)[:, 0] for each in table.problem.configurations])
    ends = np.where(np.isnan(errors[:, -1]), table.problem.ceiling, errors[:, -1])
    assert measure(table) == Scale(np.nanmin(errors), np.median(ends))


def test_a_cell_tells_what_a_method_raised_and_what_it_had_found(monkeypatch, capsys):
    def failing(problem, recorder, rng):
        recorder.advance(0, problem.draw(rng))
        raise OSError("the disk is full\nand more")

    monkeypatch.setattr(tables_baselines, "random_search", failing)
    monkeypatch.setattr("tables_suite.load", lambda name: Formula())
    cell = tables_cell.race("random", "formula/one", 0)
    assert (cell["spent"], cell["error"]) == (1, "OSError: the disk is full")
    assert len(cell["improvements"]) == 1
    assert "Traceback" in capsys.readouterr().err
