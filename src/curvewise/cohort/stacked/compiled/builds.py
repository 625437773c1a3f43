"""The compiled steps that a cohort has, and those that it is having made."""

from __future__ import annotations

import queue
import threading
import time
from typing import final

from curvewise.cohort.stacked.compiled import cache
from curvewise.cohort.stacked.compiled.compiler import Compiler
from curvewise.cohort.stacked.compiled.program import Program, StepError
from curvewise.cohort.stacked.compiled.structure import Structure
from curvewise.cohort.stacked.device import device

ENDING = 5.0
"""Seconds that closing waits for a killed build to be cleared away, at most."""


@final
class Builds:
    """Finds compiled steps in the cache folder, or has them compiled, one at a time, in the background.

    With ``waits`` whoever asks waits for them: so that no study changes its arithmetic in between.
    """

    def __init__(self, waits: bool = False) -> None:
        self._waits = waits
        self._known: dict[Structure, Program | None] = {}
        """None of those that cannot be had."""
        self._asked: dict[Structure, threading.Event] = {}
        self._lock = threading.Lock()
        self._queue: queue.SimpleQueue[Structure | None] = queue.SimpleQueue()
        self._compiler, self._closed = Compiler(), False
        self._thread: threading.Thread | None = None
        self._notes: list[str] = []
        self._reasons: set[str] = set()
        self.changes = 0
        """How often so far there was a program more, or one less."""

    def program(self, structure: Structure) -> Program | None:
        """The step of this structure where there is one by now; where there may be one, it is being made.

        On a GPU there is none: steps are compiled for processors only.
        """
        if device().type != "cpu":
            return None
        with self._lock:
            if structure in self._known:
                return self._known[structure]
            if structure not in self._asked:
                self._ask(structure)
            asked = self._asked.get(structure)
        if asked is not None and self._waits:
            asked.wait()
        return self._known.get(structure)

    def kept(self, structure: Structure) -> Program | None:
        """The step of this structure where it is in memory or in the cache folder; none is made."""
        if device().type != "cpu":
            return None
        with self._lock:
            if structure not in self._known and (program := self._load(structure)) is not None:
                self._has(structure, program)
            return self._known.get(structure)

    def notes(self) -> list[str]:
        """A sentence for everything that was made, or could not be, since the last call."""
        with self._lock:
            notes, self._notes = self._notes, []
        return notes

    def spoil(self, structure: Structure, error: StepError) -> None:
        """Use this step no more: it failed."""
        with self._lock:
            self._give_up(structure, error)
            self.changes += 1

    def close(self) -> None:
        """End what is being made; nobody waits any longer."""
        with self._lock:
            self._closed = True
        self._compiler.end()
        self._queue.put(None)
        for asked in list(self._asked.values()):
            asked.set()
        if self._thread is not None:
            self._thread.join(ENDING)

    def _ask(self, structure: Structure) -> None:
        if self._closed:
            self._give_up(structure, StepError("the cohort was closed"))
            return
        if (program := self._load(structure)) is not None:
            self._has(structure, program)
            return
        self._asked[structure] = threading.Event()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, daemon=True, name="compiled steps")
            self._thread.start()
        self._queue.put(structure)

    def _load(self, structure: Structure) -> Program | None:
        """From the cache folder; a file that is of no use is removed."""
        library = cache.location(structure)
        try:
            return Program(library) if library.exists() else None
        except (StepError, OSError):
            cache.forget(library)
            return None

    def _work(self) -> None:
        while (structure := self._queue.get()) is not None and not self._closed:
            started = time.perf_counter()
            try:
                library = cache.location(structure)
                self._compiler.compile(structure, library)
                program = Program(library)
            except Exception as error:  # whatever it is, no training depends on it
                with self._lock:
                    self._give_up(structure, error)
            else:
                with self._lock:
                    seconds = time.perf_counter() - started
                    self._notes.append(f"compiled {_words(structure)} in the background, in {seconds:.0f} s")
                    self._has(structure, program)
            finally:
                self._asked[structure].set()

    def _has(self, structure: Structure, program: Program) -> None:
        self._known[structure] = program
        self.changes += 1

    def _give_up(self, structure: Structure, error: Exception) -> None:
        self._known[structure] = None
        reason = str(error) or type(error).__name__
        if reason not in self._reasons and not self._closed:
            self._reasons.add(reason)
            self._notes.append(f"{_words(structure)} are not compiled, and train as they are: {reason}")


def _words(structure: Structure) -> str:
    layers = f"{structure.layers} hidden layer{'s' * (structure.layers != 1)}"
    return f"the training steps of perceptrons with {layers} ({structure.activation})"
