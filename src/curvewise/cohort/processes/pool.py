"""Worker processes and the slots that live in them."""

from __future__ import annotations

import contextlib
import itertools
import os
import pickle
import subprocess
import sys
import threading
import weakref
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from curvewise.cohort.processes.failure import Failure
from curvewise.cohort.recipe import Recipe
from curvewise.cohort.slots import State
from curvewise.data.examples import Examples, Split
from curvewise.errors import EngineError
from curvewise.records import Point

PROGRAM = (
    "import sys; sys.path[:] = sys.argv[1:]; from curvewise.cohort.processes.worker import serve; serve()"
)
"""A fresh interpreter that runs nobody's main module, so that scripts need no guard."""
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class WorkerDied(EngineError):
    """A worker process ended; what it held is lost."""


class Worker:
    """One process, started at the first request; answers one request at a time."""

    def __init__(self) -> None:
        self.slots: weakref.WeakSet[ProcessSlot] = weakref.WeakSet()
        self.is_warm = False
        """True once the process has answered."""
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._sent: dict[int, Split] = {}
        self._dropped: list[int] = []
        self._ended: str | None = None

    def ask(self, name: str, slot: int, *arguments: Any) -> Any:
        """Send a request, wait for its answer. Raises WorkerDied, or EngineError with the worker's words."""
        with self._lock:
            if self._dropped:
                dropped, self._dropped = self._dropped, []
                self._ask("drop", 0, dropped)
            return self._ask(name, slot, *arguments)

    def send(self, split: Split) -> int:
        """Let the worker have these examples, once; the number that they go by there."""
        with self._lock:
            for key, known in self._sent.items():
                if known.train is split.train and known.valid is split.valid:
                    return key
            key = len(self._sent)
            self._ask("split", key, split)
            self._sent[key] = split
            return key

    def warm(self) -> None:
        """Wait until the process answers; where it never does, the next to ask is told."""
        with contextlib.suppress(WorkerDied):
            self.ask("drop", 0, [])
        self.is_warm = True

    def drop(self, slot: int) -> None:
        """Free a slot with the next request; called by the collector of garbage, so it never waits."""
        self._dropped.append(slot)

    @property
    def ended(self) -> bool:
        """True where the process is gone."""
        return self._ended is not None

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        self._ended = self._ended or "was closed"
        if self._process is not None:
            _end(self._process)

    def _ask(self, name: str, slot: int, *arguments: Any) -> Any:
        if self._ended is not None:
            raise WorkerDied(f"the worker process {self._ended}: its trials are lost; start them again")
        process = self._process = self._process or _start()
        try:
            requests, answers = _streams(process)
            pickle.dump((name, slot, arguments), requests, protocol=5)
            requests.flush()
            answer = pickle.load(answers)
        except (EOFError, OSError, ValueError, pickle.UnpicklingError) as error:
            code = _end(process)
            self._ended = self._ended or f"{process.pid} ended with exit code {code}"
            raise WorkerDied(
                f"the worker process {self._ended} while it trained: its trials are lost (-9: it was killed, "
                "often for want of memory); train fewer at once (threads), or start them again"
            ) from error
        if isinstance(answer, Failure):
            raise answer.error()
        return answer


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *sys.path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | ONE_THREAD,
        start_new_session=True,  # so that Ctrl-C is for the parent alone
    )


def _end(process: subprocess.Popen[bytes]) -> int:
    """Kill it where it still runs; its exit code."""
    process.kill()
    code = process.wait()
    for stream in _streams(process):
        with contextlib.suppress(OSError):  # what was not yet written goes nowhere
            stream.close()
    return code


def _streams(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


class ProcessPool:
    """As many workers as slots train at once; a new one takes the place of one that died."""

    def __init__(self, workers: int) -> None:
        self._workers = [Worker() for _ in range(workers)]
        self._lock = threading.Lock()

    def open(self, number: int, recipe: Recipe, split: Split, seed: int) -> ProcessSlot:
        """A new slot in the worker that has the fewest."""
        with self._lock:
            self._workers = [Worker() if worker.ended else worker for worker in self._workers]
            worker = min(self._workers, key=lambda each: len(each.slots))
            slot = ProcessSlot(worker, number, recipe, split, seed)
            worker.slots.add(slot)
        return slot

    def warm(self) -> None:
        """Start all workers, without waiting for them."""
        for worker in self._workers:
            threading.Thread(target=worker.warm, daemon=True).start()

    @property
    def is_warm(self) -> bool:
        """True where all workers have answered."""
        return all(worker.is_warm for worker in self._workers)

    def close(self) -> None:
        """Kill all workers; their slots are lost."""
        for worker in self._workers:
            worker.kill()


_keys = itertools.count()


class ProcessSlot:
    """A ``ReferenceSlot`` in a worker process; implements ``Slot``."""

    def __init__(self, worker: Worker, number: int, recipe: Recipe, split: Split, seed: int) -> None:
        self.worker = worker
        self._key = next(_keys)
        self._epoch = 0
        worker.ask("open", self._key, worker.send(split), number, recipe, seed)
        weakref.finalize(self, worker.drop, self._key)

    @property
    def epoch(self) -> int:
        """Epochs completed."""
        return self._epoch

    def train_epoch(self) -> Point:
        """One epoch; see ``ReferenceSlot``."""
        point: Point = self._call("train_epoch")
        return point

    def outputs(self, examples: Examples, *, best: bool = True) -> NDArray[np.float32]:
        """Outputs by the best or the current weights."""
        found: NDArray[np.float32] = self._call("outputs", examples, best=best)
        return found

    def weights(self, *, best: bool = True) -> State:
        """The best or the current weights."""
        found: State = self._call("weights", best=best)
        return found

    def state(self) -> State:
        """Everything needed to go on bit for bit; see ``Slot.state``."""
        found: State = self._call("state")
        return found

    def load(self, state: State) -> None:
        """Take up where ``state`` was taken."""
        self._call("load", state)

    def _call(self, method: str, *arguments: Any, **named: Any) -> Any:
        value, self._epoch = self.worker.ask("call", self._key, method, arguments, named)
        return value
