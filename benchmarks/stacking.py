"""What do convolutional networks and encoder-decoders gain from being stacked?

    python benchmarks/stacking.py --json [--repeats 5] [--seconds 0.5]

Takes three minutes. Networks of these families, all trained by AdamW, by the reference and stacked, 1, 4
and 16 slots in a call, on one thread; the figures are medians over turns, in microseconds of processor time
per step of one model. ``most`` is how many slots the planner has trained in one call at most. Where there is
a GPU, it is what stacked slots are trained on, and the clock is the wall's. Writes
benchmarks/results/stacking.json; ``--json`` also prints the summary.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

import engine_data
import results_file
from curvewise.cohort.recipe import Recipe, recipe
from curvewise.cohort.stacked.device import device
from curvewise.cohort.ways import Workshop, most_together, train_stacked
from curvewise.data.examples import Split
from curvewise.data.pairs import pairs
from curvewise.records import Configuration, Value
from engine_problems import LIKE_EAGER
from engine_ways import Steps, repeated

STEPS = 4
"""Of an epoch."""
TOGETHER = (1, 4, 16)
CODES = 32

CONVOLUTIONAL: dict[str, Value] = {
    "block": "plain",
    "stages": 2,
    "convolutions": 1,
    "activation": "relu",
    "normalisation": "none",
}
TRANSLATION: dict[str, Value] = {"layers": 1, "attention": "additive", "forget_bias": 1.0, "embedding": 16}


@dataclass(frozen=True)
class Problem:
    """A network and its data."""

    minibatch: int
    values: Mapping[str, Value]
    data: Callable[[int], Split]
    """Of so many rows."""

    def split(self) -> Split:
        """The data, made anew."""
        return self.data(STEPS * self.minibatch)

    def recipe(self, split: Split) -> Recipe:
        """How the network is trained on the data."""
        values = {**LIKE_EAGER, **self.values, "minibatch": self.minibatch}
        return recipe(Configuration(values), 10, split)


def reversals(rows: int, steps: int) -> Split:
    """Sources of ``steps`` random codes, and the same backwards."""
    codes = np.random.default_rng(0).integers(1, CODES, (rows, steps)).tolist()
    read = pairs(codes, [each[::-1] for each in codes])
    return Split(read, read.first(1), (CODES, CODES), CODES, 1.0, "classification")


def images(side: int, filters: int, minibatch: int, **changes: Value) -> Problem:
    """A convolutional network on images of side x side."""
    values = {**CONVOLUTIONAL, "filters": filters, **changes}
    return Problem(minibatch, values, lambda rows: engine_data.images(rows, side, 10))


def translation(cell: str, units: int, steps: int, minibatch: int) -> Problem:
    """An encoder-decoder on sources of so many steps."""
    values = {**TRANSLATION, "cell": cell, "encoder_cell": cell, "units": units}
    return Problem(minibatch, values, lambda rows: reversals(rows, steps))


PROBLEMS = {
    "cnn 28x28 (16, 32), 64": images(28, 16, 64),
    "cnn 28x28 (8, 16), 16": images(28, 8, 16),
    "cnn 14x14 (16, 32), 64": images(14, 16, 64),
    "cnn 14x14 (8, 16), 16": images(14, 8, 16),
    "residual 14x14 (8, 16), 16": images(14, 8, 16, block="residual", convolutions=2, normalisation="batch"),
    "gru 32, 10 steps, 16": translation("gru", 32, 10, 16),
    "lstm 64, 20 steps, 32": translation("lstm", 64, 20, 32),
}


def main(arguments: Sequence[str]) -> None:
    """Measure, write the results file, print what was asked for."""
    parser = argparse.ArgumentParser(description="Microseconds per training step, stacked and not.")
    parser.add_argument("--repeats", type=int, default=5, help="turns of every way (default 5)")
    parser.add_argument("--seconds", type=float, default=0.5, help="of each turn at least (default 0.5)")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    rows = [row for name in PROBLEMS for row in measure(name, options.repeats, options.seconds)]
    summary = {"device": device().type, **summarise(rows)}
    results_file.write("stacking", " ".join(["python", "benchmarks/stacking.py", *arguments]), summary, rows)
    if options.json:
        print(json.dumps(summary))


def measure(name: str, repeats: int, seconds: float) -> list[dict[str, object]]:
    """Rows ``{"problem", "way", "repeat", "value"}``; the ways take turns."""
    print(f"measuring {name}", file=sys.stderr)
    ways = trainers(PROBLEMS[name])
    for train in ways.values():
        train(0.0)
    return [
        {"problem": name, "way": way, "repeat": repeat, "value": round(train(seconds), 1)}
        for repeat in range(repeats)
        for way, train in ways.items()
    ]


def trainers(problem: Problem) -> dict[str, Steps]:
    """An epoch by the reference, and of so many slots stacked."""
    split, workshop = problem.split(), Workshop(1)
    resolved = problem.recipe(split)
    clock = time.process_time if device().type == "cpu" else time.perf_counter
    reference = workshop.open("reference", 0, resolved, split, 0)
    found = {"reference": repeated(reference.train_epoch, STEPS, clock)}
    for count in TOGETHER:
        slots = [workshop.open("stacked", number, resolved, split, number) for number in range(count)]
        found[f"stacked_{count}"] = repeated(partial(train_stacked, slots), STEPS * count, clock)
    return found


def summarise(rows: Sequence[dict[str, object]]) -> dict[str, dict[str, float]]:
    """Medians by problem and way, and how many slots the planner has trained in one call."""
    found: dict[str, dict[str, list[float]]] = {}
    for row in rows:
        values = found.setdefault(str(row["problem"]), {}).setdefault(f"{row['way']}_us", [])
        values.append(float(str(row["value"])))
    summary = {}
    for name, by_way in found.items():
        split = PROBLEMS[name].split()
        most = most_together(PROBLEMS[name].recipe(split), split.train)
        summary[name] = {way: statistics.median(values) for way, values in by_way.items()} | {"most": most}
    return summary


if __name__ == "__main__":
    main(sys.argv[1:])
