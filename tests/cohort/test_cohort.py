from __future__ import annotations

import errno
import math
import signal
import threading
from itertools import permutations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curvewise.cohort import ways
from curvewise.cohort.cohort import Cohort
from curvewise.cohort.families.network import network_of
from curvewise.cohort.inference import infer
from curvewise.cohort.reference import ReferenceSlot
from curvewise.cohort.scores import score
from curvewise.cohort.stacked.compiled.builds import Builds
from curvewise.cohort.stacked.compiled.compiler import Compiler
from curvewise.errors import EngineError, StoreError
from tests.cohort.problems import CATEGORIES, CLASSIFICATION, timeless, trial_of
from tests.cohort.stacked.compiled.endless import endless
from tests.cohort.stacked.compiled.interpreted import Interpreted

PROGRAM = Builds.program

AT_ONCE = tuple(way for way in ways.available() if way != "processes")
WAYS = (*AT_ONCE, pytest.param("processes", marks=pytest.mark.slow))
"""Worker processes take seconds to start: what is theirs alone is tested in processes/."""


@pytest.fixture(scope="module", autouse=True)
def interpreted():
    """Compiled steps as they are written: compiling takes a minute each."""
    with pytest.MonkeyPatch.context() as patch:
        programs = Interpreted()
        for name in ("program", "kept"):
            patch.setattr(Builds, name, lambda builds, structure: programs.program(structure))
        yield programs


@pytest.fixture(params=WAYS)
def way(request):
    return request.param


@pytest.fixture
def cohort(way):
    cohort = open_cohort(way)
    yield cohort
    cohort.close()


def open_cohort(way="reference", threads=2, split=CLASSIFICATION):
    return Cohort(lambda encoding: split, threads, way)


def train(cohort, numbers, epochs):
    return [timeless(cohort.advance(numbers)) for _ in range(epochs)]


TRIALS = [
    trial_of(0),
    trial_of(1, optimizer="momentum", units=20, dropout=0.3),
    trial_of(2, normalisation="batch", minibatch=40, decay="cosine"),
    trial_of(3, layers=0, optimizer="rmsprop"),
    trial_of(4, layers=1, normalisation="layer", optimizer="adamw", weight_decay=0.1, clip=1.0),
]


@pytest.fixture(scope="module", params=WAYS)
def alone(request):
    """The way, and each trial's first points when nobody trains beside it."""
    points = {}
    for trial in TRIALS:
        cohort = open_cohort(request.param, threads=1)
        cohort.start([trial])
        points[trial.number] = [epoch[0] for epoch in train(cohort, [trial.number], 2)]
        cohort.close()
    return request.param, points


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(trials=st.lists(st.sampled_from(TRIALS), min_size=1, unique=True), threads=st.integers(1, 3))
def test_a_trial_does_not_depend_on_its_neighbours_or_the_threads(alone, trials, threads):
    way, expected = alone
    cohort = open_cohort(way, threads)
    cohort.start(trials)
    numbers = [trial.number for trial in trials]
    rounds = train(cohort, numbers, 2)
    cohort.close()
    for epoch, points in enumerate(rounds):
        assert_same(way, points, [expected[number][epoch] for number in numbers])


def assert_same(way, points, expected):
    """Bit for bit, but for stacked slots: there the last bit may depend on who is trained beside whom."""
    if way not in ways.TOGETHER:
        assert points == expected
        return
    for name in ("trial", "epoch", "step", "learning_rate"):
        assert [getattr(p, name) for p in points] == [getattr(p, name) for p in expected]
    assert [p.train_loss for p in points] == pytest.approx([p.train_loss for p in expected], rel=1e-5)
    assert [p.valid_loss for p in points] == pytest.approx([p.valid_loss for p in expected], rel=1e-5)


def test_points_come_in_the_order_asked_for(cohort):
    cohort.start(TRIALS)
    assert [point.trial for point in cohort.advance([3, 0, 4])] == [3, 0, 4]
    assert [(point.trial, point.epoch) for point in cohort.advance([1, 3])] == [(1, 1), (3, 2)]


def test_outputs_are_those_of_the_best_point_before_and_after_stopping(cohort):
    cohort.start([trial_of(0, learning_rate=0.05)])
    points = [cohort.advance([0])[0] for _ in range(10)]
    best = min(points, key=lambda point: (point.valid_error, point.valid_loss))
    valid = CLASSIFICATION.valid
    running = cohort.outputs(0, valid)
    cohort.stop(0)
    assert cohort.outputs(0, valid) == pytest.approx(running, rel=1e-4, abs=1e-5)
    assert score(running, valid.targets, "classification", 1.0) == pytest.approx(
        (best.valid_loss, best.valid_error), rel=1e-4
    )
    with pytest.raises(EngineError, match="stopped after epoch 10"):
        cohort.advance([0])


def test_weights_make_the_users_module(way):
    cohort = open_cohort(way, split=CATEGORIES)
    cohort.start([trial_of(0, normalisation="batch")])
    train(cohort, [0], 2)
    outputs = cohort.outputs(0, CATEGORIES.valid)
    module = network_of(cohort.shape(0), cohort.weights(0))
    assert infer(module, CATEGORIES.valid) == pytest.approx(outputs, rel=1e-4, abs=1e-5)
    cohort.close()


def test_forgetting_drops_a_trial(cohort):
    cohort.start([trial_of(0)])
    cohort.forget(0)
    with pytest.raises(EngineError, match="not in this cohort"):
        cohort.weights(0)


def test_a_fork_without_changes_continues_its_parent(cohort):
    cohort.start([trial_of(0, seed=5, dropout=0.2, decay="linear")])
    train(cohort, [0], 2)
    cohort.fork(0, trial_of(1, seed=5, dropout=0.2, decay="linear", parent=0), {})
    for parent, child in train(cohort, [0, 1], 3):
        assert_same(cohort.way(1), [child], [child.__class__(**{**as_dict(parent), "trial": 1})])


def as_dict(point):
    return {name: getattr(point, name) for name in point.__struct_fields__}


def test_a_fork_with_another_seed_sees_the_rows_in_another_order(cohort):
    cohort.start([trial_of(0, seed=5)])
    train(cohort, [0], 1)
    cohort.fork(0, trial_of(1, seed=6), {})
    parent, child = cohort.advance([0, 1])
    assert parent.epoch == child.epoch == 2
    assert parent.valid_loss != child.valid_loss


def test_a_fork_trains_with_its_changes_and_keeps_its_own_best(cohort):
    cohort.start([trial_of(0, seed=5)])
    train(cohort, [0], 4)
    cohort.fork(0, trial_of(1, seed=5), {"learning_rate": 0.0, "optimizer": "sgd"})
    parent_now = cohort.advance([0, 1])[1]
    assert parent_now.learning_rate == 0
    assert parent_now.update_ratio == 0
    loss, error = score(
        cohort.outputs(1, CLASSIFICATION.valid), CLASSIFICATION.valid.targets, "classification", 1.0
    )
    assert (loss, error) == pytest.approx((parent_now.valid_loss, parent_now.valid_error), rel=1e-4)


@pytest.mark.parametrize(
    "changes", [{"units": 9}, {"layers": 1}, {"activation": "tanh"}, {"normalisation": "layer"}]
)
def test_a_fork_into_another_network_is_refused(cohort, changes):
    cohort.start([trial_of(0)])
    with pytest.raises(EngineError, match="cannot be forked from trial 0"):
        cohort.fork(0, trial_of(1), changes)


def test_saved_trials_go_on_bit_for_bit(way, tmp_path):
    path = tmp_path / "slots.safetensors"
    first = open_cohort(way)
    first.start(TRIALS)
    train(first, [0, 1, 2, 3, 4], 2)
    first.stop(3)
    kept = first.weights(3)
    assert first.save(path) == dict.fromkeys(range(5), 2)
    expected = train(first, [0, 1, 2, 4], 2)
    first.close()

    second = open_cohort(way)
    assert second.load(path, [*TRIALS, trial_of(9)]) == dict.fromkeys(range(5), 2)
    assert train(second, [0, 1, 2, 4], 2) == expected
    assert all(np.array_equal(second.weights(3)[name], kept[name]) for name in kept)
    with pytest.raises(EngineError, match="stopped after epoch 2"):
        second.advance([3])
    second.close()


def test_a_snapshot_replaces_the_one_before_and_leaves_nothing_beside_it(tmp_path):
    cohort, path = open_cohort(), tmp_path / "slots.safetensors"
    cohort.start([trial_of(0)])
    cohort.save(path)
    train(cohort, [0], 1)
    cohort.save(path)
    assert [file.name for file in tmp_path.iterdir()] == ["slots.safetensors"]
    other = open_cohort()
    assert other.load(path, [trial_of(0)]) == {0: 1}


def test_untrained_trials_are_left_to_their_seeds(tmp_path):
    cohort, path = open_cohort(), tmp_path / "slots.safetensors"
    cohort.start([trial_of(0), trial_of(1)])
    train(cohort, [1], 1)
    assert cohort.save(path) == {1: 1}
    assert open_cohort().load(path, [trial_of(0), trial_of(1)]) == {1: 1}


def test_a_full_disk_is_said_and_the_snapshot_before_stays(tmp_path, monkeypatch):
    cohort, path = open_cohort(), tmp_path / "slots.safetensors"
    cohort.start([trial_of(0)])
    cohort.save(path)
    before = path.read_bytes()
    train(cohort, [0], 1)

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreError, match=r"No space left on device.*; free some space"):
        cohort.save(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["slots.safetensors"]


@pytest.mark.parametrize(("saved_by", "loaded_by"), list(permutations(AT_ONCE, 2)))
def test_another_machines_way_goes_on_within_tolerance(saved_by, loaded_by, tmp_path):
    path = tmp_path / "slots.safetensors"
    first, second = open_cohort(saved_by), open_cohort(loaded_by)
    first.start(TRIALS)
    train(first, [0, 1, 2, 3, 4], 2)
    first.save(path)
    second.load(path, TRIALS)
    ours, theirs = (cohort.advance([0, 1, 2, 3, 4]) for cohort in (first, second))
    assert [p.valid_loss for p in ours] == pytest.approx([p.valid_loss for p in theirs], rel=1e-4)
    assert [p.step for p in ours] == [p.step for p in theirs]
    assert second.way(0) == loaded_by


def test_a_damaged_or_missing_snapshot_is_said(tmp_path):
    path = tmp_path / "slots.safetensors"
    with pytest.raises(StoreError, match="cannot be read"):
        open_cohort().load(path, [trial_of(0)])
    path.write_bytes(b"not tensors at all")
    with pytest.raises(StoreError, match="cannot be read"):
        open_cohort().load(path, [trial_of(0)])
    with pytest.raises(StoreError, match="could not be saved"):
        open_cohort().save(tmp_path / "no" / "such" / "folder")


def test_one_trial_that_cannot_be_trained_takes_no_other_along(cohort):
    cohort.start([trial_of(0), trial_of(1, normalisation="batch", minibatch=1), trial_of(2)])
    reason, trace = cohort.failures()[1]
    assert "raise minibatch to 2" in reason and "EngineError" in trace
    assert cohort.failures() == {}
    assert [point.trial for point in cohort.advance([0, 1, 2])] == [0, 2]
    cohort.stop(1)


def test_an_error_while_training_frees_that_slot_alone(monkeypatch):
    cohort = open_cohort()
    cohort.start([trial_of(0), trial_of(1)])
    real = ReferenceSlot.train_epoch

    def breaks(slot):
        if slot._number == 1:
            raise MemoryError("no room")
        return real(slot)

    monkeypatch.setattr(ReferenceSlot, "train_epoch", breaks)
    assert [point.trial for point in cohort.advance([0, 1])] == [0]
    assert cohort.failures()[1][0] == "MemoryError: no room"
    assert [point.trial for point in cohort.advance([0, 1])] == [0]


def test_divergence_is_a_point_not_a_failure(cohort):
    cohort.start([trial_of(0, optimizer="sgd", learning_rate=1e30), trial_of(1)])
    points = [cohort.advance([0, 1]) for _ in range(2)]
    assert all(wild.valid_loss == math.inf and tame.valid_loss < math.inf for wild, tame in points)
    assert cohort.failures() == {}


def test_ctrl_c_finishes_the_epochs_in_flight(monkeypatch):
    cohort = open_cohort(threads=1)
    cohort.start(TRIALS)
    finished = []
    real = ReferenceSlot.train_epoch

    def interrupted(slot):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        assert cohort._interrupted.wait(10)  # until the main thread has seen it
        point = real(slot)
        finished.append(point)
        return point

    monkeypatch.setattr(ReferenceSlot, "train_epoch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cohort.advance([0, 1, 2, 3, 4])
    assert len(finished) == 1


def test_a_number_is_given_once(cohort):
    cohort.start([trial_of(0)])
    with pytest.raises(EngineError, match="already"):
        cohort.start([trial_of(0)])
    with pytest.raises(EngineError, match="never started"):
        cohort.advance([8])


def test_a_deterministic_cohort_told_to_trains_by_compiled_steps(interpreted):
    def points():
        cohort = Cohort(lambda encoding: CLASSIFICATION, 1, "compiled", deterministic=True)
        cohort.start(TRIALS)
        found = train(cohort, [0, 1, 2, 3, 4], 2)
        assert {cohort.way(number) for number in range(5)} == {"compiled"}
        cohort.close()
        return found

    before = interpreted.calls
    first = points()
    assert interpreted.calls > before
    assert points() == first


def test_closing_wakes_who_waits_for_a_step(monkeypatch):
    entered = threading.Event()
    monkeypatch.setattr(Builds, "program", PROGRAM)
    monkeypatch.setattr(Builds, "kept", lambda builds, structure: None)
    monkeypatch.setattr(Compiler, "compile", endless(entered))
    monkeypatch.setattr(Builds, "_load", lambda builds, structure: None)
    cohort = Cohort(lambda encoding: CLASSIFICATION, 1, "compiled", deterministic=True)
    cohort.start([trial_of(0)])
    trains = threading.Thread(target=lambda: cohort.advance([0]), daemon=True)
    trains.start()
    assert entered.wait(20)
    closes = threading.Thread(target=cohort.close, daemon=True)
    closes.start()
    for thread in (closes, trains):
        thread.join(20)
        assert not thread.is_alive()


def test_a_way_that_is_missing_is_said_at_once():
    with pytest.raises(EngineError, match="no way 'telepathy'"):
        Cohort(lambda encoding: CLASSIFICATION, 1, "telepathy")
