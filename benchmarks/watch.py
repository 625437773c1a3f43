"""What does watching cost? Loops in plain PyTorch with `curvewise.Watch` and without, by turns.

    python benchmarks/watch.py --json [--seconds 40] [--pairs 3] [--device cuda]

Takes ``--pairs`` times ``--seconds`` for each of three networks: a perceptron whose steps take a few
hundred microseconds, the worst case, a convolutional network and an LSTM. The two loops of a pair take
turns of a fortieth of a second at least, in changing order. Times are one thread's processor time on a CPU;
on a GPU wall time, waited for at the end of each turn. Loops without a watch differ, too, by where their
memory lies: by up to 2 % in three pairs of the convolutional network, hence several pairs. Besides the
whole, turns are compared in pairs, and what is rare is seen in the sums only: looks at the curves.

    step_us           of a step without, median of the turns
    percent           what watching adds: sums over all turns of a loop, ratio - 1; goal: below 1
    low, high         its 95 % interval, turns drawn again in pairs
    median_percent    the same of the median pair: without what happens seldom, and without a turn's accidents
    account_percent   what the watch says that it cost
    first_percent     what it added to the first second, in which it works on credit
    call_us           of a call of ``step`` that has nothing to do
    measured_every    steps from one measured step to the next, at the end
    losses_every      steps from one point of the loss to the next, at the end

Writes benchmarks/results/watch.json (on a GPU watch_cuda.json); ``--json`` also prints its summary.
Cockpit's least instrumentation took 8 % at every 64th step (Schneider et al. 2021, arXiv 2102.06604, its own
results on a CPU).
"""

from __future__ import annotations

import argparse
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

import results_file
from curvewise import Watch

TURN = 0.025
"""Seconds of a turn at least: many measurements of the watch, and short enough that both loops meet the same
machine."""
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
    """A clock that stands still in the other loop's turns, which the watch is not to take for steps."""

    def __init__(self, device: str) -> None:
        self.now = time.thread_time if device == "cpu" else time.perf_counter
        self._away = 0.0
        self._left = self.now()

    def __call__(self) -> float:
        """Seconds of its loop's own turns."""
        return self.now() - self._away

    def leave(self) -> None:
        """The turn is over."""
        self._left = self.now()

    def come_back(self) -> None:
        """It begins."""
        self._away += self.now() - self._left


class Loop:
    """The loop that everybody writes; ``step`` gets the loss."""

    def __init__(self, problem: Problem, device: str, watched: bool) -> None:
        torch.manual_seed(0)
        self.model = problem.model().to(device)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-4)
        self.inputs = torch.randn(8, *problem.shape, device=device)
        self.targets = torch.randint(0, 10, (8, problem.shape[0]), device=device)
        self.time = OwnTime(device)
        self.watch = Watch(self.model, self.optimizer, quiet=True, clock=self.time) if watched else None
        self.seconds: list[float] = []

    def train(self, steps: int) -> None:
        """So many steps; keeps what each took on average."""
        started = self._now()
        self.time.come_back()
        for number in range(steps):
            self.optimizer.zero_grad()
            outputs = self.model(self.inputs[number % 8])
            loss = nn.functional.cross_entropy(outputs, self.targets[number % 8])
            loss.backward()  # type: ignore[no-untyped-call]
            self.optimizer.step()
            if self.watch is not None:
                self.watch.step(loss)
        self.seconds.append((self._now() - started) / steps)
        self.time.leave()

    def _now(self) -> float:
        if self.inputs.is_cuda:
            torch.cuda.synchronize()
        return self.time.now()


@dataclass
class Pair:
    """A loop with a watch and the same without, which take turns."""

    problem: Problem
    device: str
    plain: Loop = field(init=False)
    watched: Loop = field(init=False)

    def __post_init__(self) -> None:
        Loop(self.problem, self.device, watched=False).train(50)
        self.plain, self.watched = (Loop(self.problem, self.device, watched) for watched in (False, True))

    def take_turns(self, seconds: float) -> int:
        """For so long; returns the steps of a turn."""
        started = time.perf_counter()
        self.plain.train(20)
        self.plain.train(20)
        steps = max(1, round(TURN / self.plain.seconds.pop()))
        self.plain.seconds.clear()
        while time.perf_counter() - started < seconds:
            loops = self.plain, self.watched
            for loop in loops if len(self.plain.seconds) % 2 else reversed(loops):
                loop.train(steps)
        return steps


def added(plain: NDArray[np.float64], watched: NDArray[np.float64]) -> float:
    """Percent, by the sums."""
    return float(100 * (watched.sum() / plain.sum() - 1))


def summarise(plain: Sequence[float], watched: Sequence[float], steps: int) -> dict[str, float]:
    """Figures of seconds per step, turn by turn."""
    one, other = np.asarray(plain), np.asarray(watched)
    chance = np.random.default_rng(0)
    draws = chance.integers(0, len(one), (DRAWS, len(one)))
    low, high = np.percentile([added(one[drawn], other[drawn]) for drawn in draws], [2.5, 97.5])
    first = max(1, round(1.0 / (float(np.median(one)) * steps)))
    return {
        "step_us": round(1e6 * statistics.median(plain), 1),
        "percent": round(added(one, other), 2),
        "low": round(float(low), 2),
        "high": round(float(high), 2),
        "median_percent": round(100 * (float(np.median(other / one)) - 1), 2),
        "first_percent": round(added(one[:first], other[:first]), 2),
        "turns": len(one),
        "turn_steps": steps,
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


def means(plain: Sequence[float], watched: Sequence[float], turns: int = 100) -> list[dict[str, object]]:
    """Mean microseconds of a step in every so many turns: what is kept of thousands."""
    return [
        {
            "turn": first,
            "plain_us": round(1e6 * statistics.fmean(plain[first : first + turns]), 2),
            "watched_us": round(1e6 * statistics.fmean(watched[first : first + turns]), 2),
        }
        for first in range(0, len(plain), turns)
    ]


def main(arguments: Sequence[str]) -> None:
    """Measure, write the results file, print what was asked for."""
    parser = argparse.ArgumentParser(description="What watching a loop costs.")
    parser.add_argument("--seconds", type=float, default=40.0, help="for each pair (default 40)")
    parser.add_argument("--pairs", type=int, default=3, help="of loops for each network (default 3)")
    parser.add_argument("--device", default="cpu", help="cpu (default) or cuda")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    rows: list[dict[str, object]] = []
    summary: dict[str, object] = {}
    for problem in PROBLEMS:
        plain: list[float] = []
        watched: list[float] = []
        for _ in range(options.pairs):
            pair = Pair(problem, options.device)
            steps = pair.take_turns(options.seconds)
            plain += pair.plain.seconds
            watched += pair.watched.seconds
        assert pair.watched.watch is not None
        summary[problem.name] = {**summarise(plain, watched, steps), **kept(pair.watched.watch)}
        rows += [{"problem": problem.name, **row} for row in means(plain, watched)]
    name = "watch" if options.device == "cpu" else f"watch_{options.device}"
    results_file.write(name, " ".join(["python", "benchmarks/watch.py", *arguments]), summary, rows)
    print(json.dumps(summary) if options.json else "\n".join(f"{k}: {v}" for k, v in summary.items()))


if __name__ == "__main__":
    main(sys.argv[1:])
