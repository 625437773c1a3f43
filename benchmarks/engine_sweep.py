"""Is there a cliff between the named networks? Widths 64 to 512, minibatches of 1 to 512 rows.

    python benchmarks/engine_sweep.py --json [--repeats 5] [--seconds 0.15]

Perceptrons 64-H-H-10 with AdamW on one thread: plain PyTorch against native kernels, the latter once for
every instruction set that was compiled and that this processor has. All ways of all networks take turns,
``--repeats`` times; the figures are medians of microseconds of processor time per step, by width and
minibatch:

    eager_us        plain PyTorch, AdamW(fused=True)
    ours_us         native kernels of the best instruction set
    {set}_us        those of each other set, such as baseline_us
    share_of_peak   as in engine.py
    times_eager     eager_us / ours_us

``cliffs`` tells where ours is slower than eager, and where the share of peak drops to less than half on the
way to the next width or minibatch. Writes benchmarks/results/engine-sweep.json, which
``engine_figure.py`` draws.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

import results_file
from curvewise.cohort.kernels import instruction_sets, load
from curvewise.cohort.native import NativeSlot
from curvewise.cohort.recipe import recipe
from engine_problems import Problem, perceptron
from engine_ways import Steps, eager, one_thread, repeated, sgemm

WIDTHS = (64, 128, 256, 512)
MINIBATCHES = (1, 8, 32, 128, 512)
ROWS, LEAST_STEPS, MOST_STEPS = 1024, 8, 256
"""An epoch's rows, as far as that gives so many steps."""
SGEMM_SECONDS = 0.05

Figures = dict[str, float]
Summary = dict[str, dict[str, Figures]]
"""Figures by width, then minibatch."""


def main(arguments: Sequence[str]) -> None:
    """Measure, write the results file, print what was asked for."""
    parser = argparse.ArgumentParser(description="Microseconds per training step by width and minibatch.")
    parser.add_argument("--repeats", type=int, default=5, help="turns of every way (default 5)")
    parser.add_argument("--seconds", type=float, default=0.15, help="of each turn (default 0.15)")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    options = parser.parse_args(arguments)
    one_thread()
    rows = measure(options.repeats, options.seconds)
    summary = summarise(rows)
    told = {**summary, "cliffs": list(cliffs(summary))}
    command = " ".join(["python", "benchmarks/engine_sweep.py", *arguments])
    results_file.write("engine-sweep", command, told, rows)
    print(json.dumps(told) if options.json else as_table(summary))


def problem(width: int, minibatch: int) -> Problem:
    """64 inputs, two hidden layers, 10 classes."""
    return perceptron(width, minibatch, min(max(ROWS // minibatch, LEAST_STEPS), MOST_STEPS))


def measure(repeats: int, seconds: float) -> list[dict[str, object]]:
    """Rows ``{"width", "minibatch", "way", "repeat", "value"}``: microseconds, but GF/s for ``sgemm``."""
    ways = {(w, b): ways_of(problem(w, b)) for w in WIDTHS for b in MINIBATCHES}
    for each in ways.values():
        for train in each.values():
            train(0.0)
    rows = []
    for repeat in range(repeats):
        print(f"turn {repeat + 1} of {repeats}", file=sys.stderr)
        for (width, minibatch), each in ways.items():
            for way, train in {**each, "sgemm": sgemm}.items():
                value = round(train(SGEMM_SECONDS if way == "sgemm" else seconds), 2)
                row = {"width": width, "minibatch": minibatch, "way": way}
                rows.append({**row, "repeat": repeat, "value": value})
    return rows


def ways_of(network: Problem) -> dict[str, Steps]:
    """Eager, ours, and ours by every other instruction set."""
    split = network.split()
    resolved = recipe(network.configuration, 1, split)
    ways = {"eager_us": eager(network, "plain")}
    for place, name in enumerate(instruction_sets(load())):
        slot = NativeSlot(0, resolved, split, seed=0, instructions=name)
        ways[f"{name}_us" if place else "ours_us"] = repeated(slot.train_epoch, network.minibatches)
    return ways


def summarise(rows: Sequence[dict[str, object]]) -> Summary:
    """Medians, and the ratios that they give."""
    found: dict[tuple[int, int], dict[str, list[float]]] = {}
    for row in rows:
        of_network = found.setdefault((int(str(row["width"])), int(str(row["minibatch"]))), {})
        of_network.setdefault(str(row["way"]), []).append(float(str(row["value"])))
    summary: Summary = {}
    for (width, minibatch), of_network in found.items():
        figures = {way: round(median(values), 2) for way, values in of_network.items()}
        network = problem(width, minibatch)
        rate = network.operations(network.split()) / figures["ours_us"] / 1e3
        figures["share_of_peak"] = round(rate / figures.pop("sgemm"), 3)
        figures["times_eager"] = round(figures["eager_us"] / figures["ours_us"], 2)
        summary.setdefault(str(width), {})[str(minibatch)] = figures
    return summary


def cliffs(summary: Summary) -> Iterator[str]:
    """Where ours is slower than eager, and where its share of peak more than halves from one to the next."""
    for width, of_width in summary.items():
        for minibatch, figures in of_width.items():
            if figures["times_eager"] < 1:
                yield f"{width} units, minibatch {minibatch}: {figures['times_eager']} times eager's pace"
        yield from _drops(f"{width} units, minibatch", {b: f["share_of_peak"] for b, f in of_width.items()})
    for minibatch in next(iter(summary.values()), {}):
        shares = {width: of_width[minibatch]["share_of_peak"] for width, of_width in summary.items()}
        yield from _drops(f"minibatch {minibatch}, units", shares)


def _drops(where: str, shares: dict[str, float]) -> Iterator[str]:
    for (before, share), (after, less) in pairwise(shares.items()):
        if less < share / 2:
            yield f"{where} {before} to {after}: share of peak {share} to {less}"


def as_table(summary: Summary) -> str:
    """The summary for people, a line for each network."""
    lines = []
    for width, of_width in summary.items():
        for minibatch, figures in of_width.items():
            shown = "  ".join(f"{key} {value}" for key, value in figures.items())
            lines.append(f"{width} units, minibatch {minibatch}: {shown}")
    return "\n".join([*lines, *cliffs(summary)])


if __name__ == "__main__":
    main(sys.argv[1:])
