"""How a cohort's threads share slots that are trained in one call, and what happens without memory."""

from __future__ import annotations

import threading

import pytest
import torch

from curvewise.cohort.cohort import Cohort
from curvewise.cohort.jobs import jobs_of
from curvewise.cohort.stacked import tile
from tests.cohort.problems import CLASSIFICATION, timeless, trial_of


@pytest.fixture
def cohort():
    cohort = Cohort(lambda encoding: CLASSIFICATION, 2, "stacked")
    yield cohort
    cohort.close()


def losses(points):
    return [point.valid_loss for point in points]


def trials(count, **changes):
    return [trial_of(number, learning_rate=0.001 * (number + 1), **changes) for number in range(count)]


def sizes(cohort, threads=2):
    return sorted(len(job.members) for job in jobs_of(cohort._members.values(), threads))


def test_slots_of_one_graph_are_shared_among_the_threads(cohort):
    cohort.start([*trials(7), trial_of(7, units=9), trial_of(8, minibatch=8, dropout=0.3)])
    assert sizes(cohort) == [1, 1, 3, 4]
    assert sizes(cohort, threads=1) == [1, 1, 7]


def test_no_call_trains_more_slots_than_pay(cohort, monkeypatch):
    monkeypatch.setitem(tile.MOST, tile.device().type, 2)
    cohort.start(trials(7))
    assert sizes(cohort, threads=1) == [1, 2, 2, 2]


def test_whatever_else_trains_alone():
    cohort = Cohort(lambda encoding: CLASSIFICATION, 2, "reference")
    cohort.start(trials(3))
    assert sizes(cohort) == [1, 1, 1]
    cohort.close()


@pytest.mark.parametrize(
    "error",
    [
        MemoryError("no room"),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"),
    ],
)
def test_without_memory_half_of_the_slots_train_at_a_time_and_nothing_is_lost(cohort, monkeypatch, error):
    plain = Cohort(lambda encoding: CLASSIFICATION, 2, "stacked")
    for each in (cohort, plain):
        each.start(trials(6))
        each.advance(range(6))
    real, calls = tile.train_together, []

    def little_memory(slots):
        calls.append(len(slots))
        if len(slots) > 1:
            raise error
        return real(slots)

    expected = plain.advance(range(6))
    monkeypatch.setattr(tile, "train_together", little_memory)
    found = cohort.advance(range(6))
    assert sorted(calls) == [1] * 6 + [2, 2, 3, 3]
    assert cohort.failures() == {}
    assert [p.epoch for p in found] == [2] * 6
    assert losses(found) == pytest.approx(losses(expected), rel=1e-5)
    plain.close()


def test_a_slot_too_large_for_memory_alone_fails_alone(cohort, monkeypatch):
    cohort.start(trials(4))
    real = tile.train_together

    def no_memory_for_two(slots):
        if any(slot.number == 2 for slot in slots):
            raise torch.OutOfMemoryError("no room")
        return real(slots)

    monkeypatch.setattr(tile, "train_together", no_memory_for_two)
    assert [point.trial for point in cohort.advance(range(4))] == [0, 1, 3]
    reason, trace = cohort.failures()[2]
    assert reason == (
        "MemoryError: trial 2 needs more memory than there is, alone, with 8 units in minibatches of 16; "
        "make either smaller"
    )
    assert "no room" in trace


def test_without_memory_for_a_slot_at_the_start_that_trial_fails_alone(cohort, monkeypatch):
    from curvewise.cohort.stacked.slot import StackedSlot

    real = StackedSlot._read

    def reads(slot, *arguments):
        if slot.number == 1:
            raise MemoryError("no room")
        return real(slot, *arguments)

    monkeypatch.setattr(StackedSlot, "_read", reads)
    cohort.start(trials(3))
    assert cohort.failures()[1][0] == "MemoryError: no room"
    assert [point.trial for point in cohort.advance([0, 2])] == [0, 2]


def test_an_error_in_a_call_fails_its_slots_and_no_others(cohort, monkeypatch):
    cohort.start([*trials(2), trial_of(2, units=9)])
    real = tile.train_together

    def breaks(slots):
        if slots[0].recipe.shape.units == (8, 8):
            raise ValueError("broken")
        return real(slots)

    monkeypatch.setattr(tile, "train_together", breaks)
    assert [point.trial for point in cohort.advance(range(3))] == [2]
    assert {n: reason for n, (reason, _) in cohort.failures().items()} == dict.fromkeys(
        (0, 1), "ValueError: broken"
    )


def test_an_interruption_leaves_out_what_has_not_begun(cohort):
    cohort.start(trials(3))
    interrupted = threading.Event()
    interrupted.set()
    assert all(job.run(interrupted) == {} for job in jobs_of(cohort._members.values(), 1))
    assert timeless(cohort.advance(range(3)))[0].epoch == 1
