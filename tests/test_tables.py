"""Recorded curves as a Trainer: the same contract as a cohort's, as far as a table can keep it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.curves.of_trial import run_of
from curvewise.diagnosis.diagnose import diagnose
from curvewise.errors import EngineError, StoreError
from curvewise.records import Configuration, Trial
from curvewise.tables import Recorded
from curvewise.trainer import Trainer

HORIZON = 12
NAN = math.nan


class Falling:
    """Curves by formula: the smaller the rate, the slower; a rate above 1 diverges at epoch 4."""

    horizon = HORIZON

    def curve(self, configuration):
        rate = configuration["learning_rate"]
        if rate > 10:
            raise KeyError(rate)
        rows = [(math.exp(-rate * e), 2 * math.exp(-rate * e), NAN, NAN) for e in range(1, HORIZON + 1)]
        return rows[:3] + [(NAN, NAN, NAN, NAN)] * (HORIZON - 3) if rate > 1 else rows


def trial_of(number, rate=0.1, horizon=HORIZON, seed=0):
    return Trial(number, Configuration({"learning_rate": rate}), seed, horizon, "sobol")


def started(*trials):
    table = Recorded(Falling())
    table.start(trials)
    return table


def test_it_is_a_trainer_that_can_be_restored_and_nothing_else():
    table: Trainer = Recorded(Falling())
    assert table.abilities == {"restore"}
    with pytest.raises(EngineError, match="cannot be forked"):
        table.fork(0, trial_of(1), {"learning_rate": 0.2})


def test_points_come_in_the_order_asked_for_and_tell_the_recorded_epochs():
    table = started(trial_of(0, 0.1), trial_of(1, 0.5))
    assert [(p.trial, p.epoch) for p in table.advance([1, 0, 1])] == [(1, 1), (0, 1), (1, 2)]
    point = table.advance([0])[0]
    assert (point.valid_error, point.valid_loss) == (math.exp(-0.2), 2 * math.exp(-0.2))
    assert (point.learning_rate, point.seconds, point.train_loss) == (0.1, 2.0, point.valid_loss)


@given(order=st.permutations([0, 0, 0, 1, 1, 2]))
def test_a_trial_does_not_depend_on_its_neighbours_or_the_seed(order):
    table = started(*(trial_of(number, 0.1, seed=number) for number in range(3)))
    points = [table.advance([number])[0] for number in order]
    for number in range(3):
        errors = [p.valid_error for p in points if p.trial == number]
        assert errors == [math.exp(-0.1 * e) for e in range(1, len(errors) + 1)]


def test_a_diverged_epoch_has_infinite_losses():
    table = started(trial_of(0, 2.0))
    points = [table.advance([0])[0] for _ in range(4)]
    assert [p.diverged for p in points] == [False, False, False, True]
    assert points[3].merit == (math.inf, math.inf)


def test_what_a_table_does_not_hold_is_accused_by_no_sign():
    table = started(trial_of(0, 0.3))
    points = [table.advance([0])[0] for _ in range(HORIZON)]
    assert diagnose(run_of(trial_of(0, 0.3), points)).verdict == "healthy"


def test_a_configuration_that_was_not_recorded_fails_alone():
    table = started(trial_of(0), trial_of(1, 99.0))
    failures = table.failures()
    assert set(failures) == {1}
    assert "no such configuration" in failures[1][0]
    assert table.failures() == {}
    assert table.advance([0])[0].epoch == 1


def test_what_cannot_be_trained_is_refused_before_anything_is_read():
    table = started(trial_of(0), trial_of(1, horizon=1))
    table.advance([1])
    with pytest.raises(EngineError, match="trial 1 has had all of its 1 epochs"):
        table.advance([0, 1])
    assert table.advance([0])[0].epoch == 1
    table.stop(0)
    for refused in (table.advance, table.stop):
        with pytest.raises(EngineError, match="trial 0 has no slot"):
            refused([0] if refused == table.advance else 0)
    with pytest.raises(EngineError, match="trial 0 is in this table already"):
        table.start([trial_of(0)])
    with pytest.raises(EngineError, match="plans 13 epochs and 12 were recorded"):
        table.start([trial_of(7, horizon=13)])


def test_saved_and_loaded_it_goes_on_where_it_was(tmp_path):
    trials = [trial_of(0), trial_of(1, 0.5), trial_of(2)]
    table = started(*trials)
    table.advance([0, 1, 1, 2])
    table.stop(2)
    assert table.save(tmp_path / "slots") == {0: 1, 1: 2}
    again = Recorded(Falling())
    assert again.load(tmp_path / "slots", trials) == {0: 1, 1: 2}
    expected, found = (t.advance([1, 0]) for t in (table, again))
    for name in ("epoch", "valid_error", "valid_loss", "seconds"):
        assert [getattr(p, name) for p in found] == [getattr(p, name) for p in expected]


def test_a_file_that_holds_no_epochs_is_refused(tmp_path):
    (tmp_path / "damaged").write_text("[1, 2", encoding="utf-8")
    for name in ("damaged", "missing"):
        with pytest.raises(StoreError, match="holds no epochs"):
            started().load(tmp_path / name, [trial_of(0)])
    with pytest.raises(StoreError, match="cannot be written"):
        started().save(tmp_path / "no folder" / "slots")


def test_a_row_is_read_when_its_epoch_is_trained_and_not_before():
    read = []

    class Counting:
        def __len__(self):
            return HORIZON

        def __getitem__(self, epoch):
            read.append(epoch)
            return (0.5, 0.5, 0.4, 3.0)

    class Counted:
        horizon = HORIZON

        def curve(self, configuration):
            return Counting()

    table = Recorded(Counted())
    table.start([trial_of(0)])
    assert read == []
    assert table.advance([0])[0].seconds == 3.0
    assert read == [0]
    assert np.isnan(table.advance([0])[0].gradient_norm)
