"""What does watching cost? Trainings in plain PyTorch, watched by `curvewise.Watch` in every other turn.

    python benchmarks/watch.py --json [--seconds 40] [--trainings 3] [--device cuda]

Takes ``--trainings`` times ``--seconds`` for each of three networks: a perceptron with steps of a
millisecond, the worst case, a convolutional network and an LSTM. Turns of four steps, in pairs of changing
order, with the watch and without: of one model, by two optimizers that share their state. (Of two models one
is faster by up to 2 %, by where its memory lies.) Times are a thread's processor time on a CPU; on a GPU wall
time, waited for at the end of each turn.

    step_us           of a step without, median of the turns
    percent           what watching adds: sums over all turns, ratio - 1, the beginning on credit, and what is
                      rare, among them; goal: below 1
    low, high         its 95 % interval, pairs of turns drawn again
    median_percent    the same of the median pair: without what happens seldom, and without a turn's accidents
    seconds           that were watched, of all trainings
    account_percent   what the watch says that it cost, in the last training
    call_us           of a call of ``step`` that has nothing to do
    measured_every    steps from one measured step to the next, at the end
    losses_every      steps from one point of the loss to the next, at the end

Writes benchmarks/results/watch.json (on a GPU watch_cuda.json); ``--json`` also prints its summary.
Cockpit's least instrumentation took 8 % at every 64th step (Schneider et al. 2021, arXiv 2102.06604, its own
results on a CPU).
"""

from __future__ import annotations

import argparse
import copy
import json
import statistics
import sys
import time
import timeit
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import Optimizer

import results_file
from curvewise import Watch

STEPS = 4
"""Of a turn: short, so that both ways meet the same machine, but what the watch leaves cold for the next step
seldom falls into a turn without it."""
DRAWS, CALLS = 1000, 20_000


class Last(nn.Module):
    """A sequence's last output, classified: (B, T, D) -> (B, C)."""

    def __init__(self, inputs: int, units: int, classes: int) -> None:
        super().__init__()
        self.cells = nn.LSTM(inputs, units, batch_first=True)
        self.output = nn.Linear(units, classes)

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits."""
        outputs, _ = self.cells(inputs)
        logits: Tensor = self.output(outputs[:, -1])
        return logits


def perceptron() -> nn.Module:
    """64-64-64-10."""
    hidden = nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU()
    return nn.Sequential(*hidden, nn.Linear(64, 10))


def convolutional() -> nn.Module:
    """28 x 28, 16 and 32 filters of 3 x 3, each pooled."""
    first = nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)
    second = nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)
    return nn.Sequential(*first, *second, nn.Flatten(), nn.Linear(32 * 49, 10))


@dataclass(frozen=True)
class Problem:
    """A network and the shape of its minibatches."""

    name: str
    model: Callable[[], nn.Module]
    shape: tuple[int, ...]


PROBLEMS = (
    Problem("perceptron 64-64-64-10, minibatch 32", perceptron, (32, 64)),
    Problem("convolutional 28x28, 16-32 filters, minibatch 64", convolutional, (64, 1, 28, 28)),
    Problem("LSTM 64, 50 steps of 16, minibatch 32", lambda: Last(16, 64, 10), (32, 50, 16)),
)


class OwnTime:
    """A clock that stands still in turns without the watch, which it is not to take for steps."""

    def __init__(self, device: str) -> None:
        self.now = time.thread_time if device == "cpu" else time.perf_counter
        self._away = 0.0
        self._left = self.now()

    def __call__(self) -> float:
        """Seconds of turns with the watch."""
        return self.now() - self._away

    def leave(self) -> None:
        """The turn is over."""
        self._left = self.now()

    def come_back(self) -> None:
        """It begins."""
        self._away += self.now() - self._left


class Training:
    """The loop that everybody writes, watched in every other turn."""

    def __init__(self, problem: Problem, device: str) -> None:
        torch.manual_seed(0)
        self.model = problem.model().to(device)
        self.watched = torch.optim.AdamW(self.model.parameters(), lr=1e-4)
        self.inputs = torch.randn(8, *problem.shape, device=device)
        self.targets = torch.randint(0, 10, (8, problem.shape[0]), device=device)
        self.train(50, self.watched)
        # Of the same weights and moments in the same memory, with hooks of its own
        self.plain = copy.copy(self.watched)
        self.time = OwnTime(device)
        self.watch = Watch(self.model, self.watched, quiet=True, clock=self.time)
        self.time.leave()

    def train(self, steps: int, optimizer: Optimizer, keep: Callable[[Tensor], None] | None = None) -> None:
        """So many steps; ``keep`` gets their losses."""
        for number in range(steps):
            optimizer.zero_grad()
            outputs = self.model(self.inputs[number % 8])
            loss = nn.functional.cross_entropy(outputs, self.targets[number % 8])
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            if keep is not None:
                keep(loss)

    def turn(self, watched: bool) -> float:
        """Four steps with the watch or without; the seconds of one."""
        started = self._now()
        if watched:
            self.time.come_back()
            self.train(STEPS, self.watched, self.watch.step)
        else:
            self.train(STEPS, self.plain)
        seconds = (self._now() - started) / STEPS
        if watched:
            self.time.leave()
        return seconds

    def _now(self) -> float:
        if self.inputs.is_cuda:
            torch.cuda.synchronize()
        return self.time.now()


@dataclass
class Turns:
    """Seconds of a step, by pair of turns."""

    plain: list[float] = field(default_factory=list)
    watched: list[float] = field(default_factory=list)

    def take(self, training: Training, seconds: float) -> None:
        """More of them, for so long."""
        started = time.perf_counter()
        while time.perf_counter() - started < seconds:
            order = (False, True) if len(self.plain) % 2 else (True, False)
            for watched in order:
                each = self.watched if watched else self.plain
                each.append(training.turn(watched))


def added(plain: NDArray[np.float64], watched: NDArray[np.float64]) -> float:
    """Percent, by the sums."""
    return float(100 * (watched.sum() / plain.sum() - 1))


def summarise(turns: Turns) -> dict[str, float]:
    """Figures of all turns of a network's trainings."""
    plain, watched = np.asarray(turns.plain), np.asarray(turns.watched)
    chance = np.random.default_rng(0)
    draws = chance.integers(0, len(plain), (DRAWS, len(plain)))
    low, high = np.percentile([added(plain[drawn], watched[drawn]) for drawn in draws], [2.5, 97.5])
    return {
        "step_us": round(1e6 * float(np.median(plain)), 1),
        "percent": round(added(plain, watched), 2),
        "low": round(float(low), 2),
        "high": round(float(high), 2),
        "median_percent": round(100 * (float(np.median(watched / plain)) - 1), 2),
        "seconds": round(STEPS * watched.sum(), 1),
    }


def kept(watch: Watch) -> dict[str, float]:
    """What the watch says of itself; closes it, and a closed one takes a call as one with nothing to do."""
    series = watch.run.series
    watch.close()
    loss = torch.zeros(())
    calls = timeit.repeat(lambda: watch.step(loss), timer=time.thread_time, number=CALLS, repeat=5)
    return {
        "call_us": round(1e6 * min(calls) / CALLS, 3),
        "account_percent": round(100 * watch.cost, 2),
        "measured_every": round(float(np.diff(series["gradient_norm"].at[-2:])[0])),
        "losses_every": round(float(np.diff(series["train_loss"].at[-2:])[0])),
    }


def means(turns: Turns, count: int = 500) -> list[dict[str, object]]:
    """Mean microseconds of a step in every so many turns: what is kept of thousands."""
    return [
        {
            "turn": first,
            "plain_us": round(1e6 * statistics.fmean(turns.plain[first : first + count]), 2),
            "watched_us": round(1e6 * statistics.fmean(turns.watched[first : first + count]), 2),
        }
        for first in range(0, len(turns.plain), count)
    ]


def main(arguments: Sequence[str]) -> None:
    """Measure, write the results file, print what was asked for."""
    parser = argparse.ArgumentParser(description="What watching a loop costs.")
    parser.add_argument("--seconds", type=float, default=40.0, help="of each training (default 40)")
    parser.add_argument("--trainings", type=int, default=3, help="of each network (default 3)")
    parser.add_argument("--device", default="cpu", help="cpu (default) or cuda")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    rows: list[dict[str, object]] = []
    summary: dict[str, object] = {}
    for problem in PROBLEMS:
        turns = Turns()
        for _ in range(options.trainings):
            training = Training(problem, options.device)
            turns.take(training, options.seconds)
        summary[problem.name] = {**summarise(turns), **kept(training.watch)}
        rows += [{"problem": problem.name, **row} for row in means(turns)]
    name = "watch" if options.device == "cpu" else f"watch_{options.device}"
    results_file.write(name, " ".join(["python", "benchmarks/watch.py", *arguments]), summary, rows)
    print(json.dumps(summary) if options.json else "\n".join(f"{k}: {v}" for k, v in summary.items()))


if __name__ == "__main__":
    main(sys.argv[1:])
