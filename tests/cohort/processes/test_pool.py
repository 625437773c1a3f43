"""Slots in worker processes; each worker takes seconds to start, so these tests share two."""

from __future__ import annotations

import gc
import io
import os
import pickle
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from curvewise.cohort.cohort import Cohort
from curvewise.cohort.processes.failure import Failure
from curvewise.cohort.processes.pool import ProcessPool, WorkerDied
from curvewise.cohort.processes.worker import work
from curvewise.cohort.reference import ReferenceSlot
from curvewise.errors import EngineError
from tests.cohort.image_problems import convolutional_shape, image_recipe, image_split
from tests.cohort.problems import CLASSIFICATION, recipe_for, timeless, trial_of


@pytest.fixture(scope="module")
def pool():
    pool = ProcessPool(1)
    yield pool
    pool.close()


def untimed(point):
    values = {name: getattr(point, name) for name in point.__struct_fields__}
    return {name: value for name, value in values.items() if name not in ("seconds", "examples_per_second")}


def test_a_slot_does_there_what_it_does_here(pool):
    recipe = recipe_for(CLASSIFICATION, dropout=0.2, normalisation="batch")
    there, here = pool.open(3, recipe, CLASSIFICATION, 7), ReferenceSlot(3, recipe, CLASSIFICATION, 7)
    assert [untimed(there.train_epoch()) for _ in range(2)] == [untimed(here.train_epoch()) for _ in range(2)]
    assert there.epoch == 2
    found, expected = there.state(), here.state()
    assert found.keys() == expected.keys()
    assert all(np.array_equal(array, expected[n]) for n, array in found.items() if n != "counters")
    valid = CLASSIFICATION.valid
    assert np.array_equal(there.outputs(valid, best=True), here.outputs(valid, best=True))
    heir = pool.open(4, recipe, CLASSIFICATION, 7)
    heir.load(found)
    assert heir.train_epoch().valid_loss == here.train_epoch().valid_loss
    assert heir.weights(best=False).keys() == here.weights(best=False).keys()


def test_images_are_sent_once_for_all_slots(pool):
    split, recipe = image_split(), image_recipe(convolutional_shape())
    slots = [pool.open(number, recipe, split, seed=number) for number in range(2)]
    worker = slots[0].worker
    assert len([kept for kept in worker._sent.values() if kept.train is split.train]) == 1
    assert slots[0].train_epoch().valid_loss == ReferenceSlot(0, recipe, split, 0).train_epoch().valid_loss


def test_what_goes_wrong_there_is_told_here(pool):
    slot = pool.open(0, recipe_for(CLASSIFICATION), CLASSIFICATION, 1)
    with pytest.raises(EngineError, match="KeyError: 'counters'") as raised:
        slot.load({})
    assert "In the worker process" in raised.value.__notes__[0]
    assert slot.train_epoch().epoch == 1


def test_a_slot_that_nobody_holds_is_freed_with_the_next_request(pool):
    first = pool.open(0, recipe_for(CLASSIFICATION), CLASSIFICATION, 1)
    key, worker = first._key, first.worker
    del first
    gc.collect()
    assert key in worker._dropped
    second = pool.open(1, recipe_for(CLASSIFICATION), CLASSIFICATION, 1)
    assert second.worker is worker
    assert key not in worker._dropped
    with pytest.raises(EngineError, match="KeyError"):
        worker.ask("call", key, "train_epoch", (), {})


def test_a_worker_that_dies_takes_its_own_trials_along_and_no_others(pool):
    cohort = Cohort(lambda encoding: CLASSIFICATION, 2, "processes")
    cohort._workshop._pool = pool
    cohort.start([trial_of(0), trial_of(1)])
    workers = [cohort._members[number].slot.worker for number in (0, 1)]
    assert workers[0] is workers[1]  # the pool has one
    other = Cohort(lambda encoding: CLASSIFICATION, 1, "reference")
    other.start([trial_of(2)])
    cohort._members[2] = other._members[2]
    assert [p.trial for p in timeless(cohort.advance([0, 1, 2]))] == [0, 1, 2]
    process = workers[0]._process
    assert os.getsid(process.pid) != os.getsid(0)  # Ctrl-C in the terminal is not for it
    os.kill(process.pid, signal.SIGKILL)
    assert [p.trial for p in cohort.advance([0, 1, 2])] == [2]
    failures = cohort.failures()
    assert set(failures) == {0, 1}
    assert "ended with exit code -9" in failures[0][0]
    other.close()


def test_a_closed_pool_has_killed_its_workers_whatever_they_did(monkeypatch):
    deaf = [sys.executable, "-c", "import time; time.sleep(60)"]
    process = subprocess.Popen(deaf, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    monkeypatch.setattr("curvewise.cohort.processes.pool._start", lambda: process)
    pool = ProcessPool(2)
    worker = pool._workers[0]

    def ask():
        with pytest.raises(WorkerDied, match="was closed"):
            worker.ask("call", 0)

    asking = threading.Thread(target=ask)
    asking.start()
    while worker._process is None:
        time.sleep(0.01)
    pool.close()
    asking.join()
    assert process.poll() is not None
    with pytest.raises(WorkerDied, match="was closed"):
        worker.ask("call", 0)


def test_the_worker_answers_whatever_is_asked_until_its_input_ends():
    """In this process: what the tests above do in another."""
    asked = [
        ("split", 0, (CLASSIFICATION,)),
        ("open", 5, (0, 9, recipe_for(CLASSIFICATION), 1)),
        ("call", 5, ("train_epoch", (), {})),
        ("call", 6, ("train_epoch", (), {})),
        ("drop", 0, ([5, 7],)),
        ("call", 5, ("train_epoch", (), {})),
    ]
    answers = io.BytesIO()
    work(io.BytesIO(b"".join(pickle.dumps(each) for each in asked)), answers)
    answers.seek(0)
    found = [pickle.load(answers) for _ in asked]
    assert found[:2] == [None, None]
    assert found[2][0].trial == 9
    assert found[2][1] == 1
    assert [type(answer) for answer in found[3:]] == [Failure, type(None), Failure]
    assert found[3].reason == "KeyError: 6"
