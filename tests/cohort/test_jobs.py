"""How a cohort's threads share slots that are trained in one call, and what happens without memory."""

from __future__ import annotations

import threading

import pytest
import torch

from curvewise.cohort.cohort import Cohort
from curvewise.cohort.jobs import jobs_of
from curvewise.cohort.stacked import tile
from tests.cohort.image_problems import image_split
from tests.cohort.problems import CLASSIFICATION, timeless, trial_of
from tests.cohort.translation_problems import reversal_split

OTHERS = {
    "convolutional": (image_split(), {"block": "plain", "filters": 4, "convolutions": 1, "stages": 2}),
    "translation": (
        reversal_split(),
        {"cell": "gru", "encoder_cell": "tanh", "attention": "dot", "forget_bias": 1.0},
    ),
}
"""Examples, and what a configuration must say of networks that read them."""


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


@pytest.mark.parametrize("family", OTHERS)
def test_other_families_share_calls_too_and_lose_nothing_without_memory(family, monkeypatch):
    split, changes = OTHERS[family]
    ample, scarce = (Cohort(lambda encoding: split, 2, "stacked") for _ in range(2))
    for each in (ample, scarce):
        each.start([*trials(5, **changes), *(trial_of(n, **{**changes, "minibatch": 9}) for n in (5, 6))])
        each.advance(range(7))
    assert sizes(ample) == [2, 2, 3]
    expected, real = ample.advance(range(7)), tile.train_together

    def little_memory(slots):
        if len(slots) > 1:
            raise torch.OutOfMemoryError("no room")
        return real(slots)

    monkeypatch.setattr(tile, "train_together", little_memory)
    found = scarce.advance(range(7))
    assert scarce.failures() == {}
    assert losses(found) == pytest.approx(losses(expected), rel=1e-5)
    assert [p.epoch for p in found] == [2] * 7
    ample.close()
    scarce.close()


def test_images_too_large_for_memory_are_said_by_their_filters(monkeypatch):
    split, changes = OTHERS["convolutional"]

    def no_memory(slots):
        raise torch.OutOfMemoryError("no room")

    monkeypatch.setattr(tile, "train_together", no_memory)
    cohort = Cohort(lambda encoding: split, 1, "stacked")
    cohort.start([trial_of(0, **changes)])
    assert cohort.advance([0]) == []
    assert cohort.failures()[0][0] == (
        "MemoryError: trial 0 needs more memory than there is, alone, with 8 filters in minibatches of 16; "
        "make either smaller"
    )
    cohort.close()


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
