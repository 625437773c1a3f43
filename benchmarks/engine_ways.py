"""The ways of training that ``engine.py`` compares, each as a function of the seconds to train for."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection

import torch

from curvewise.cohort.cohort import Cohort
from curvewise.errors import EngineError
from curvewise.records import Trial
from engine_eager import Step, arrays, compiled_step, eager_step, order, written
from engine_problems import Problem

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
SLOTS = 8
"""Networks that a cohort trains in turn, per thread."""
COMPILES_AT_MOST = 90.0
"""Seconds that torch.compile may take over a network."""

Clock = Callable[[], float]
Steps = Callable[[float], float]
"""Train for about so many seconds; microseconds per step."""


def repeated(step: Callable[[], object], at_once: int, clock: Clock = time.process_time) -> Steps:
    """Call ``step``, which takes ``at_once`` training steps, until the seconds are over.

    What is on one thread is timed by its processor time, which is wall time but for what else the machine
    is busy with.
    """

    def train(seconds: float) -> float:
        calls, started, begun = 0, time.perf_counter(), clock()
        while time.perf_counter() - started < seconds or calls == 0:
            step()
            calls += 1
        return (clock() - begun) / (calls * at_once) * 1e6

    return train


def stepped(problem: Problem, step: Step, clock: Clock = time.process_time) -> Steps:
    """``step`` on one minibatch after the other."""
    minibatches = order(problem)

    def epoch() -> None:
        for rows in minibatches:
            step(rows)

    return repeated(epoch, len(minibatches), clock)


def eager(problem: Problem, variant: str) -> Steps:
    """Plain PyTorch, one step after the other."""
    return stepped(problem, eager_step(written(problem, variant), arrays(problem.split())))


class Ours:
    """A Cohort of ``SLOTS`` networks per thread, each trained an epoch at a time in the way it chooses.

    Raises EngineError where they cannot be trained.
    """

    def __init__(self, problem: Problem, threads: int) -> None:
        split, count = problem.split(), SLOTS * threads
        self._cohort = Cohort(lambda encoding: split, threads)
        trials = [Trial(i, problem.configuration, i, horizon=1, origin="default") for i in range(count)]
        self._cohort.start(trials)
        for reason, _ in self._cohort.failures().values():
            self._cohort.close()
            raise EngineError(reason)
        numbers = [trial.number for trial in trials]
        clock = time.process_time if threads == 1 else time.perf_counter
        self.train = repeated(lambda: self._cohort.advance(numbers), problem.minibatches * count, clock)

    @property
    def way(self) -> str:
        """What the cohort chose."""
        return self._cohort.way(0)

    def __enter__(self) -> Ours:
        return self

    def __exit__(self, *_: object) -> None:
        self._cohort.close()


def sgemm(seconds: float) -> float:
    """The rate of torch.mm at 1024 x 1024 on one thread, in GF/s: the best of its turns."""
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    fastest, started = float("inf"), time.perf_counter()
    while time.perf_counter() - started < seconds:
        begun = time.process_time()
        torch.mm(a, b)
        fastest = min(fastest, time.process_time() - begun)
    return float(2 * 1024**3 / fastest / 1e9)


def together(each: Sequence[float]) -> float:
    """Microseconds per step of the whole machine, from those of workers that ran side by side."""
    return 1.0 / sum(1.0 / microseconds for microseconds in each)


class Workers:
    """Training one by one in ``count`` processes of one thread; they start together at every turn.

    ``refusal`` says why there is no training where there is none: what the compiler said, or that it
    took more than ``COMPILES_AT_MOST`` seconds.
    """

    def __init__(self, problem: Problem, variant: str, count: int, *, compiles: bool = False) -> None:
        self._arguments, self._count = (problem, variant, compiles), count
        self.refusal: str | None = None

    def __enter__(self) -> Workers:
        context = get_context("spawn")
        barrier = context.Barrier(self._count)
        self._pipes, self._processes = [], []
        for _ in range(self._count):
            here, there = context.Pipe()
            arguments = (*self._arguments, there, barrier)
            self._processes.append(context.Process(target=serve, args=arguments, daemon=True))
            self._pipes.append(here)
            self._processes[-1].start()
        for pipe in self._pipes:
            ready = pipe.poll(COMPILES_AT_MOST)
            refusal = pipe.recv() if ready else f"not ready after {COMPILES_AT_MOST:.0f} s"
            self.refusal = self.refusal or refusal
        return self

    def train(self, seconds: float) -> float:
        """All processes for so many seconds; microseconds per step of the whole machine."""
        for pipe in self._pipes:
            pipe.send(seconds)
        return together([pipe.recv() for pipe in self._pipes])

    def __exit__(self, *_: object) -> None:
        for pipe, process in zip(self._pipes, self._processes, strict=True):
            if self.refusal is None:
                pipe.send(None)
            else:
                process.kill()
            process.join()


def one_thread() -> None:
    """One torch thread; numbers too small to be normal are zero, lest a dead unit slows a step."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)


def serve(problem: Problem, variant: str, compiles: bool, pipe: Connection, barrier: object) -> None:
    """A worker process: says None when it can train, or why not; trains until it is told None."""
    one_thread()
    take = compiled_step if compiles else eager_step
    step = take(written(problem, variant), arrays(problem.split()))
    train = stepped(problem, step, time.process_time if compiles else time.perf_counter)
    try:
        train(0.0)
    except Exception as error:  # whatever the compiler's layers raise
        pipe.send(f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}")
        return
    pipe.send(None)
    while (seconds := pipe.recv()) is not None:
        barrier.wait()  # type: ignore[attr-defined]
        pipe.send(train(seconds))
