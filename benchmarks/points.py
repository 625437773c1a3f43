"""What does a point cost? What is measured of an epoch, against training that measures nothing.

    python benchmarks/points.py --json [--repeats 1000]

Takes half a minute. Native kernels train a perceptron on one thread, epochs of 30 and of 300 steps, and
take turns at measuring nothing, what every epoch is measured for (gradient norm, update ratios) and all of
it (the gradients' noise and the dead units, too, which at the default interval one epoch in 128 steps is
measured for). Times are processor time, the 2nd percentile of the repeats: on a machine that does other work,
too, what is slower has waited for its caches:

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
from collections.abc import Sequence

import msgspec
import numpy as np

import results_file
from curvewise.cohort.families.perceptron_shape import PerceptronShape
from curvewise.cohort.kernels import MEASURED_IN_FULL, MEASURED_NOTHING, MEASURED_USUALLY
from curvewise.cohort.measuring import INTERVAL
from curvewise.cohort.native import NativeSlot
from curvewise.cohort.native_calls import NativeCalls, aligned
from curvewise.cohort.native_perceptron import PerceptronInputs
from curvewise.cohort.native_spans import NativeSpans
from curvewise.cohort.recipe import Recipe
from curvewise.data.examples import Split, TableRows
from curvewise.data.order import minibatch_order
from curvewise.records import Point

PROBLEMS = (((64, 64, 64, 10), 32, 30), ((64, 64, 64, 10), 32, 300), ((64, 256, 256, 10), 128, 30))
"""Widths, minibatch, steps per epoch."""
MEASURES = {"nothing": MEASURED_NOTHING, "usual": MEASURED_USUALLY, "full": MEASURED_IN_FULL}
ADDED = ("update_ratios", "dead_units", "gradient_power", "gradient_variance", "examples_per_second")
SLOW = 10
"""Times fewer repeats where an epoch takes ten times as long or longer."""


def main(arguments: Sequence[str]) -> None:
    """Measure, write the results file, print what was asked for."""
    parser = argparse.ArgumentParser(description="What the measures of a point cost.")
    parser.add_argument("--repeats", type=int, default=1000, help="turns of every measure (default 1000)")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    options = parser.parse_args(arguments)
    rows: list[dict[str, object]] = []
    summary: dict[str, object] = {}
    for problem in PROBLEMS:
        name = "-".join(map(str, problem[0])) + f", {problem[2]} steps"
        taken = measure(problem, options.repeats)
        rows += [
            {"problem": name, "measured": way, "microseconds": round(fastest(times), 1)}
            for way, times in taken.items()
        ]
        summary[name] = {**summarise(problem[2], taken), **sizes(problem)}
    results_file.write("points", " ".join(["python", "benchmarks/points.py", *arguments]), summary, rows)
    print(json.dumps(summary) if options.json else "\n".join(f"{k}: {v}" for k, v in summary.items()))


def measure(problem: tuple[tuple[int, ...], int, int], repeats: int) -> dict[str, list[float]]:
    """Microseconds of each epoch by what is measured: the kernel's call, turn by turn."""
    widths, minibatch, steps = problem
    recipe, split = recipe_of(widths, minibatch), split_of(widths, minibatch * steps)
    assert isinstance(recipe.shape, PerceptronShape)
    inputs = PerceptronInputs(recipe, recipe.shape, split, 0)
    calls = NativeCalls(inputs.prefix, inputs.recipe, None)
    spans = NativeSpans([inputs.named(part) for part in calls.parts()], recipe)
    spans.give_to(inputs.recipe.optimization)
    row, rates = aligned(calls.row_floats), np.full(steps, 1e-3, dtype=np.float32)
    draw = np.random.default_rng(0)
    row[: calls.model_floats] = 0.05 * draw.standard_normal(calls.model_floats)
    order, taken = minibatch_order(0, 1, minibatch * steps), {name: list[float]() for name in MEASURES}
    for _ in range(repeats // (SLOW if minibatch * steps > 2000 else 1)):
        for name, measured in MEASURES.items():
            inputs.recipe.optimization.measured = measured
            started = time.thread_time()
            calls.train(inputs.train, row, order, rates, (0, 0))
            taken[name].append(1e6 * (time.thread_time() - started))
    return taken


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


def sizes(problem: tuple[tuple[int, ...], int, int]) -> dict[str, int]:
    """Bytes of a point measured in full, and of the same without what was added."""
    widths, minibatch, steps = problem
    slot = NativeSlot(0, recipe_of(widths, minibatch), split_of(widths, minibatch * steps), 0)
    point = slot.train_epoch()
    usual = slot.train_epoch() if steps < INTERVAL else point
    blank = Point(0, 1, 1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    before = msgspec.structs.replace(point, **{name: getattr(blank, name) for name in ADDED})
    encoded = {"point_bytes": point, "usual_bytes": usual, "before_bytes": before}
    return {name: len(msgspec.msgpack.encode(each)) for name, each in encoded.items()}


def split_of(widths: tuple[int, ...], rows: int) -> Split:
    """Random numbers and labels; one row to validate on, so that steps are what is timed."""
    draw = np.random.default_rng(0)
    numbers = draw.standard_normal((rows, widths[0])).astype(np.float32)
    examples = TableRows(numbers, np.zeros((rows, 0), np.int32), draw.integers(0, widths[-1], rows))
    return Split(examples, examples.first(1), (), widths[-1], 1.0, "classification")


def recipe_of(widths: tuple[int, ...], minibatch: int) -> Recipe:
    """A perceptron with ReLU, trained by AdamW without clipping: the least that a step can cost."""
    shape = PerceptronShape(widths[0], (), (), widths[1:-1], widths[-1], "relu", "none", 0.0)
    return Recipe(
        shape=shape,
        encoding="plain",
        loss="cross_entropy",
        label_smoothing=0.0,
        optimizer="adamw",
        learning_rate=1e-3,
        decay="constant",
        horizon=1,
        momentum=0.9,
        beta2=0.999,
        weight_decay=0.01,
        minibatch=minibatch,
        clip=0.0,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
