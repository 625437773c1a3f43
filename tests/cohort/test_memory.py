"""Without memory for all, trials are trained a few at a time, and none of them notices."""

from __future__ import annotations

from collections import Counter

import pytest

from curvewise.cohort import ways
from curvewise.cohort.cohort import Cohort
from curvewise.cohort.native_calls import NativeCalls
from curvewise.cohort.processes.failure import Failure
from curvewise.cohort.reference import ReferenceSlot
from curvewise.errors import EngineError, OutOfMemoryError
from tests.cohort.image_problems import image_split
from tests.cohort.problems import CLASSIFICATION, timeless, trial_of
from tests.cohort.sequence_problems import sequence_split
from tests.cohort.translation_problems import reversal_split

RECURRENT = {"cell": "gru", "forget_bias": 1.0}
FAMILIES = {
    "tables": (CLASSIFICATION, {"normalisation": "batch", "decay": "plateau"}),
    "sequences": (sequence_split(), RECURRENT),
    "images": (image_split(), {"block": "plain", "filters": 4, "convolutions": 1, "stages": 1}),
    "pairs": (reversal_split(), {**RECURRENT, "encoder_cell": "tanh", "attention": "dot"}),
}
NATIVE = [name for name in ("tables", "sequences") if ways.missing("native") is None]
CASES = [*(("reference", family) for family in FAMILIES), *(("native", family) for family in NATIVE)]


def scarce(monkeypatch: pytest.MonkeyPatch, way: str, fails) -> None:
    """No memory in the third step of an epoch, or for the kernels' workspace, where ``fails`` says so."""
    if way == "native":
        real, seen = NativeCalls.reserve, Counter()

        def reserve(calls):
            seen[id(calls)] += 1
            if fails(seen[id(calls)]):
                raise OutOfMemoryError("no memory for 9 MiB")
            real(calls)

        monkeypatch.setattr(NativeCalls, "reserve", reserve)
        return
    outputs, steps = ReferenceSlot._outputs_and_targets, Counter()

    def computed(slot, examples, rows):
        steps[slot._number] += 1
        if steps[slot._number] >= 3 and fails(steps[slot._number] - 2):
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes")
        return outputs(slot, examples, rows)

    monkeypatch.setattr(ReferenceSlot, "_outputs_and_targets", computed)


def cohort_of(way: str, family: str) -> Cohort:
    split, changes = FAMILIES[family]
    cohort = Cohort(lambda encoding: split, 2, way)
    cohort.start([trial_of(n, minibatch=4, **changes) for n in range(4)])
    return cohort


@pytest.mark.parametrize(("way", "family"), CASES)
def test_what_had_no_memory_is_trained_when_less_is_in_flight(way, family, monkeypatch):
    expected, found = ([], [])
    for points, short in ((expected, False), (found, True)):
        cohort = cohort_of(way, family)
        with monkeypatch.context() as patch:
            if short:
                scarce(patch, way, lambda time: time == 1)
            points += [timeless(cohort.advance(range(4))) for _ in range(3)]
        assert cohort.failures() == {}
        cohort.close()
    assert found == expected


@pytest.mark.parametrize(("way", "family"), CASES)
def test_what_has_no_memory_even_alone_is_said_by_its_size(way, family, monkeypatch):
    cohort = cohort_of(way, family)
    scarce(monkeypatch, way, lambda time: True)
    assert cohort.advance([1, 2]) == []
    reason = cohort.failures()[2][0]
    assert reason.startswith("MemoryError: trial 2 needs more memory than there is, alone, with ")
    assert reason.endswith("in minibatches of 4; make either smaller")
    cohort.close()


def test_a_worker_tells_its_parent_of_memory():
    assert isinstance(Failure.of(OutOfMemoryError("none")).error(), OutOfMemoryError)
    assert not isinstance(Failure.of(EngineError("other")).error(), MemoryError)


def test_other_errors_of_torch_are_no_want_of_memory(monkeypatch):
    def broken(slot, examples, rows):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    cohort = cohort_of("reference", "tables")
    monkeypatch.setattr(ReferenceSlot, "_outputs_and_targets", broken)
    assert cohort.advance([0]) == []
    assert cohort.failures()[0][0].startswith("RuntimeError: mat1")
    cohort.close()
