"""What does a point cost? What is measured of an epoch, against training that measures nothing.

    python benchmarks/points.py --json [--repeats 1000]

Takes two minutes. One thread trains perceptrons, epochs of 30 and of 300 steps, and recurrent networks (on
the chorales) by native kernels, and a convolutional network by the reference. They take turns at measuring
nothing, what every epoch is measured for (gradient norm, update ratios) and all of it (the gradients' noise
and the dead units, too, which at the default interval one epoch in 128 steps is measured for). Times are
processor time, the 2nd percentile of the repeats: on a machine that does other work, too, what is slower has
waited for its caches:

    step_us            of a step, measuring nothing
    usual_percent      what the usual measures add
    full_percent       what all of them add, in an epoch that has them
    default_percent    what they add on average at the default interval; the goal is 2 at most
    point_bytes        of a point in the history: with all measures, and as it was before any (before_bytes)

Writes benchmarks/results/points.json; ``--json`` also prints its summary.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from unittest.mock import patch

import msgspec
import numpy as np

import engine_problems
import results_file
from curvewise.cohort import reference
from curvewise.cohort.epoch_measures import EpochMeasures
from curvewise.cohort.families.perceptron_shape import PerceptronShape
from curvewise.cohort.families.recurrent_shape import RecurrentShape
from curvewise.cohort.initial_weights import initial_weights
from curvewise.cohort.kernels import MEASURED_IN_FULL, MEASURED_NOTHING, MEASURED_USUALLY
from curvewise.cohort.measuring import INTERVAL
from curvewise.cohort.native_calls import NativeCalls, aligned
from curvewise.cohort.native_inputs import NativeInputs
from curvewise.cohort.native_perceptron import PerceptronInputs
from curvewise.cohort.native_recurrent import RecurrentInputs
from curvewise.cohort.native_spans import NativeSpans
from curvewise.cohort.recipe import Recipe, recipe
from curvewise.cohort.row import RowLayout, fill
from curvewise.data.examples import Split
from curvewise.data.order import minibatch_order
from curvewise.records import Point
from engine_problems import Problem

PROBLEMS = {
    engine_problems.perceptron(64, 32, 30): 1.0,
    engine_problems.perceptron(64, 32, 300): 0.1,
    engine_problems.perceptron(256, 128, 30): 0.1,
    engine_problems.recurrent("tanh", 100): 0.1,
    engine_problems.recurrent("gru", 46): 0.1,
    engine_problems.recurrent("lstm", 36): 0.1,
    Problem("cnn-28x28-16-32", "convolutional", (16, 32), 64, minibatches=32): 0.02,
}
"""And how many of the repeats asked for each gets: an epoch of some takes longer."""
MEASURES = {"nothing": MEASURED_NOTHING, "usual": MEASURED_USUALLY, "full": MEASURED_IN_FULL}
ADDED = ("update_ratios", "dead_units", "gradient_power", "gradient_variance", "examples_per_second")

Train = Callable[[int], object]
"""An epoch, measured as the number says."""


def main(arguments: Sequence[str]) -> None:
    """Measure, write the results file, print what was asked for."""
    parser = argparse.ArgumentParser(description="What the measures of a point cost.")
    parser.add_argument("--repeats", type=int, default=1000, help="turns of every measure (default 1000)")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    options = parser.parse_args(arguments)
    rows: list[dict[str, object]] = []
    summary: dict[str, object] = {}
    for problem, share in PROBLEMS.items():
        split = problem.split()
        trained, steps = recipe(problem.configuration, 1, split), problem.minibatches
        taken = take_turns(_trainer(problem, trained, split), round(options.repeats * share))
        name = f"{problem.name}, {steps} steps"
        rows += [
            {"problem": name, "measured": way, "microseconds": round(fastest(times), 1)}
            for way, times in taken.items()
        ]
        summary[name] = {**summarise(steps, taken), **sizes(trained, split)}
    results_file.write("points", " ".join(["python", "benchmarks/points.py", *arguments]), summary, rows)
    print(json.dumps(summary) if options.json else "\n".join(f"{k}: {v}" for k, v in summary.items()))


def take_turns(train: Train, repeats: int) -> dict[str, list[float]]:
    """Microseconds of each epoch, by what is measured, turn by turn."""
    taken = {name: list[float]() for name in MEASURES}
    for _ in range(repeats):
        for name, measured in MEASURES.items():
            taken[name].append(timed(train, measured))
    return taken


def timed(train: Train, measured: int) -> float:
    """Microseconds of an epoch."""
    started = time.thread_time()
    train(measured)
    return 1e6 * (time.thread_time() - started)


def _trainer(problem: Problem, trained: Recipe, split: Split) -> Train:
    return (Referential if problem.family == "convolutional" else Native)(trained, split).train


class Native:
    """Epochs by the kernels, and nothing but their calls."""

    def __init__(self, trained: Recipe, split: Split) -> None:
        self._inputs = _inputs(trained, split)
        self._calls = NativeCalls(self._inputs.prefix, self._inputs.recipe, None)
        named = [self._inputs.named(part) for part in self._calls.parts()]
        self._spans = NativeSpans(named, trained)
        self._spans.give_to(self._inputs.recipe.optimization)
        self._row = aligned(self._calls.row_floats)
        layout = RowLayout(self._calls.row_floats, self._calls.model_floats, named)
        fill(layout.views(self._row), initial_weights(trained, 0))
        self._rates = np.full(trained.steps(split.train.rows), 1e-4, dtype=np.float32)
        self._order = minibatch_order(0, 1, split.train.rows)

    def train(self, measured: int) -> None:
        """An epoch."""
        self._inputs.recipe.optimization.measured = measured
        self._calls.train(self._inputs.train, self._row, self._order, self._rates, (0, 0))


def _inputs(trained: Recipe, split: Split) -> NativeInputs:
    if isinstance(trained.shape, RecurrentShape):
        return RecurrentInputs(trained, trained.shape, split, 0)
    assert isinstance(trained.shape, PerceptronShape)
    return PerceptronInputs(trained, trained.shape, split, 0)


class Referential:
    """Epochs by the reference; what is measured of them is replaced from outside."""

    def __init__(self, trained: Recipe, split: Split) -> None:
        few = Split(split.train, split.valid.first(1), (), split.outputs, 1.0, split.task)
        self._slot = reference.ReferenceSlot(0, trained, few, 0)

    def train(self, measured: int) -> None:
        """An epoch, and the validation on one row."""
        measures = Unmeasured if measured == MEASURED_NOTHING else EpochMeasures
        with (
            patch.object(reference, "EpochMeasures", measures),
            patch.object(reference, "is_measured", lambda *_: measured == MEASURED_IN_FULL),
        ):
            self._slot.train_epoch()


class Unmeasured:
    """Stands in for ``EpochMeasures`` and looks away."""

    gradient_norm = 0.0

    def __init__(self, *_: object) -> None:
        self.begin = self.gradient = self.noise = self.close = lambda *_: None
        self.update_ratios, self.dead_units = lambda: (0.0,), tuple


def fastest(times: Sequence[float]) -> float:
    """The 2nd percentile."""
    return float(np.percentile(times, 2))


def summarise(steps: int, taken: dict[str, list[float]]) -> dict[str, float]:
    """What the measures add, in percent."""
    plain = fastest(taken["nothing"])
    usual, full = (100 * (fastest(taken[way]) / plain - 1) for way in ("usual", "full"))
    share = min(1.0, steps / INTERVAL)
    return {
        "step_us": round(plain / steps, 2),
        "usual_percent": round(usual, 2),
        "full_percent": round(full, 2),
        "default_percent": round(share * full + (1 - share) * usual, 2),
    }


def sizes(trained: Recipe, split: Split) -> dict[str, int]:
    """Bytes of a point measured in full, and of the same without what was added."""
    slot = reference.ReferenceSlot(0, trained, split, 0)
    point, steps = slot.train_epoch(), trained.steps(split.train.rows)
    usual = slot.train_epoch() if steps < INTERVAL else point
    blank = Point(0, 1, 1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    before = msgspec.structs.replace(point, **{name: getattr(blank, name) for name in ADDED})
    encoded = {"point_bytes": point, "usual_bytes": usual, "before_bytes": before}
    return {name: len(msgspec.msgpack.encode(each)) for name, each in encoded.items()}


if __name__ == "__main__":
    main(sys.argv[1:])
