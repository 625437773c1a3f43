"""The ways of training that ``engine.py`` compares, each as a function of the seconds to train for."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing import get_context
from multiprocessing.connection import Connection

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from curvewise.cohort.families.perceptron_shape import PerceptronShape
from curvewise.cohort.native import NativeSlot
from curvewise.cohort.recipe import Recipe
from curvewise.data.examples import Split, TableRows

MINIBATCHES = 32
"""Minibatches that the training rows make up: an epoch's steps."""
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Problem:
    """A perceptron's widths and its minibatch size."""

    widths: tuple[int, ...]
    minibatch: int

    @property
    def name(self) -> str:
        """The widths, as the results name them."""
        return "-".join(map(str, self.widths))

    @property
    def operations(self) -> float:
        """Useful floating-point operations of a step's products.

        Two per weight and row forward, two for the weights' gradient, and two for the inputs' but in the
        first layer.
        """
        weights = [a * b for a, b in pairwise(self.widths)]
        return self.minibatch * (6.0 * sum(weights) - 2.0 * weights[0])


Steps = Callable[[float], float]
"""Train for about so many seconds; microseconds per step."""


def repeated(step: Callable[[], object], at_once: int) -> Steps:
    """Call ``step``, which takes ``at_once`` training steps, until the seconds are over."""

    def train(seconds: float) -> float:
        calls, started = 0, time.perf_counter()
        while (passed := time.perf_counter() - started) < seconds or calls == 0:
            step()
            calls += 1
        return passed / (calls * at_once) * 1e6

    return train


def data(problem: Problem) -> tuple[Tensor, Tensor, Tensor]:
    """Numbers (N, D), labels (N,), and row numbers of the minibatches (MINIBATCHES, B)."""
    generator = torch.Generator().manual_seed(0)
    rows = MINIBATCHES * problem.minibatch
    numbers = torch.randn(rows, problem.widths[0], generator=generator)
    labels = torch.randint(0, problem.widths[-1], (rows,), generator=generator)
    return numbers, labels, torch.randperm(rows, generator=generator).view(MINIBATCHES, problem.minibatch)


def eager_step(problem: Problem) -> Callable[[Tensor, Tensor], None]:
    """One step on a minibatch, as anybody writes it."""
    layers: list[nn.Module] = []
    for inputs, units in pairwise(problem.widths):
        layers += [nn.Linear(inputs, units), nn.ReLU()]
    network = nn.Sequential(*layers[:-1])
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, fused=True)

    def step(numbers: Tensor, labels: Tensor) -> None:
        optimizer.zero_grad()
        loss = functional.cross_entropy(network(numbers), labels)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    return step


def stepped(problem: Problem, step: Callable[[Tensor, Tensor], None]) -> Steps:
    """``step`` on one minibatch after the other."""
    numbers, labels, order = data(problem)

    def epoch() -> None:
        for rows in order:
            step(numbers[rows], labels[rows])

    return repeated(epoch, MINIBATCHES)


def eager(problem: Problem) -> Steps:
    """Plain PyTorch, one step after the other."""
    return stepped(problem, eager_step(problem))


def compiled(problem: Problem) -> Steps | None:
    """Forward, backward and update compiled as one graph; None where torch.compile fails here."""
    try:
        train = stepped(problem, compiled_step(problem))
        train(0.0)
    except Exception as error:  # whatever the compiler's layers raise; the benchmark goes on without
        print(f"torch.compile failed: {type(error).__name__}: {error}", file=sys.stderr)
        return None
    return train


def compiled_step(problem: Problem) -> Callable[[Tensor, Tensor], None]:
    """AdamW written out over (W, b) of every layer, for torch.optim's own step would break the graph."""
    shapes = [shape for inputs, units in pairwise(problem.widths) for shape in ((inputs, units), (units,))]
    weights = [0.1 * torch.randn(shape) for shape in shapes]
    first, second = [torch.zeros(shape) for shape in shapes], [torch.zeros(shape) for shape in shapes]
    corrections = torch.ones(2)

    def loss_of(weights: list[Tensor], numbers: Tensor, labels: Tensor) -> Tensor:
        for layer in range(0, len(weights) - 2, 2):
            numbers = torch.addmm(weights[layer + 1], numbers, weights[layer]).relu()
        return functional.cross_entropy(torch.addmm(weights[-1], numbers, weights[-2]), labels)

    @torch.compile(fullgraph=True)
    def step(numbers: Tensor, labels: Tensor, corrections: Tensor) -> None:
        gradients = torch.func.grad(loss_of)(weights, numbers, labels)
        for w, g, m, v in zip(weights, gradients, first, second, strict=True):
            m.lerp_(g, 0.1)
            v.lerp_(g * g, 0.001)
            denominator = (v / corrections[1]).sqrt() + 1e-8
            w.copy_(w * (1 - 1e-3 * 0.01) - 1e-3 * m / corrections[0] / denominator)

    taken = 0

    def counted(numbers: Tensor, labels: Tensor) -> None:
        nonlocal taken
        taken += 1
        corrections[0], corrections[1] = 1 - 0.9**taken, 1 - 0.999**taken
        step(numbers, labels, corrections)

    return counted


def ours(problem: Problem, threads: int) -> Steps:
    """One native slot per thread; the validation set is one row, so that steps are what is timed."""
    numbers, labels, _ = data(problem)
    categories = np.zeros((len(numbers), 0), dtype=np.int32)
    examples = TableRows(numbers.numpy(), categories, labels.numpy())
    split = Split(examples, examples.first(1), (), problem.widths[-1], 1.0, "classification")
    slots = [NativeSlot(i, recipe(problem), split, seed=i) for i in range(threads)]
    trainers = [repeated(slot.train_epoch, MINIBATCHES) for slot in slots]
    if threads == 1:
        return trainers[0]
    pool = ThreadPoolExecutor(threads)
    return lambda seconds: together(list(pool.map(lambda train: train(seconds), trainers)))


def together(each: Sequence[float]) -> float:
    """Microseconds per step of the whole machine, from those of workers that ran side by side."""
    return 1.0 / sum(1.0 / microseconds for microseconds in each)


def recipe(problem: Problem) -> Recipe:
    """What the eager loop trains, as a recipe."""
    return Recipe(
        shape=PerceptronShape(
            inputs=problem.widths[0],
            cardinalities=(),
            embedding_sizes=(),
            units=problem.widths[1:-1],
            outputs=problem.widths[-1],
            activation="relu",
            normalisation="none",
            dropout=0.0,
        ),
        encoding="",
        loss="cross_entropy",
        label_smoothing=0.0,
        optimizer="adamw",
        learning_rate=1e-3,
        decay="constant",
        horizon=1,
        momentum=0.9,
        beta2=0.999,
        weight_decay=0.01,
        minibatch=problem.minibatch,
        clip=0.0,
    )


def sgemm(seconds: float) -> float:
    """The rate of torch.mm at 1024 x 1024 on one thread, in GF/s: the best of its turns."""
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    fastest, started = float("inf"), time.perf_counter()
    while time.perf_counter() - started < seconds:
        begun = time.perf_counter()
        torch.mm(a, b)
        fastest = min(fastest, time.perf_counter() - begun)
    return float(2 * 1024**3 / fastest / 1e9)


class Workers:
    """Eager training in one process per core; they start together at every turn."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem

    def __enter__(self) -> Workers:
        context = get_context("spawn")
        self._barrier = context.Barrier(CORES)
        self._pipes, self._processes = [], []
        for _ in range(CORES):
            here, there = context.Pipe()
            self._processes.append(
                context.Process(target=serve, args=(self._problem, there, self._barrier), daemon=True)
            )
            self._pipes.append(here)
            self._processes[-1].start()
        return self

    def train(self, seconds: float) -> float:
        """All processes for so many seconds; microseconds per step of the whole machine."""
        for pipe in self._pipes:
            pipe.send(seconds)
        return together([pipe.recv() for pipe in self._pipes])

    def __exit__(self, *_: object) -> None:
        for pipe in self._pipes:
            pipe.send(None)
        for process in self._processes:
            process.join()


def serve(problem: Problem, pipe: Connection, barrier: object) -> None:
    """A worker process: trains for as long as it is told, until it is told None."""
    torch.set_num_threads(1)
    train = eager(problem)
    train(0.1)
    while (seconds := pipe.recv()) is not None:
        barrier.wait()  # type: ignore[attr-defined]
        pipe.send(train(seconds))
