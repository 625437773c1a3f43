"""How fast is one training step? Ours against PyTorch, thread for thread and on the whole machine.

    python benchmarks/engine.py --json [--repeats 5] [--seconds 0.5] [--skip-compiled]

Takes a minute or two, most of which torch.compile waits for its compiler. Every way trains the same
multilayer perceptron on the same rows with AdamW and cross-entropy, drawing its minibatches by random row
numbers. The ways take turns, ``--repeats`` times, each for ``--seconds``; the figures are medians, in
microseconds of wall time per step of one model:

    eager_us          plain PyTorch, AdamW(fused=True), one thread
    compiled_us       the same, the whole step by torch.compile
    processes_us      eager in as many one-thread processes as there are cores: wall / steps of all
    ours_us           NativeSlot.train_epoch on one thread: everything but reading results out of it
    ours_machine_us   the same in one thread per core: wall / steps of all
    share_of_peak     our rate of useful operations / the rate of torch.mm at 1024 x 1024 on one thread

Writes benchmarks/results/engine.json; ``--json`` also prints its summary.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Sequence

import torch

import results_file
from engine_ways import CORES, Problem, Steps, Workers, compiled, eager, ours, sgemm

PROBLEMS = (Problem((64, 64, 64, 10), 32), Problem((64, 256, 256, 10), 128))


def main(arguments: Sequence[str]) -> None:
    """Measure, write the results file, print what was asked for."""
    parser = argparse.ArgumentParser(description="Microseconds per training step, ours against PyTorch.")
    parser.add_argument("--repeats", type=int, default=5, help="turns of every way (default 5)")
    parser.add_argument("--seconds", type=float, default=0.5, help="of each turn (default 0.5)")
    parser.add_argument("--skip-compiled", action="store_true", help="do not wait for torch.compile")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    rows = [
        row for p in PROBLEMS for row in measure(p, options.repeats, options.seconds, options.skip_compiled)
    ]
    summary = {problem.name: summarise(problem, rows) for problem in PROBLEMS}
    command = " ".join(["python", "benchmarks/engine.py", *arguments])
    results_file.write("engine", command, summary, rows)
    print(json.dumps(summary) if options.json else as_table(summary))


def measure(problem: Problem, repeats: int, seconds: float, skip_compiled: bool) -> list[dict[str, object]]:
    """Rows ``{"problem", "way", "repeat", "value"}``; microseconds, but GF/s for the way ``sgemm``."""
    print(f"measuring {problem.name}, minibatches of {problem.minibatch}", file=sys.stderr)
    with Workers(problem) as workers:
        ways: dict[str, Steps] = {
            "eager_us": eager(problem),
            "processes_us": workers.train,
            "ours_us": ours(problem, 1),
            "ours_machine_us": ours(problem, CORES),
            "sgemm": sgemm,
        }
        step = None if skip_compiled else compiled(problem)
        if step is not None:
            ways["compiled_us"] = step
        for way in ways.values():
            way(min(seconds, 0.2))
        return [
            {"problem": problem.name, "way": name, "repeat": repeat, "value": round(way(seconds), 2)}
            for repeat in range(repeats)
            for name, way in ways.items()
        ]


def summarise(problem: Problem, rows: Sequence[dict[str, object]]) -> dict[str, float | None]:
    """Medians by way; None where a way was not to be had."""
    found: dict[str, list[float]] = {}
    for row in rows:
        if row["problem"] == problem.name:
            found.setdefault(str(row["way"]), []).append(float(str(row["value"])))
    middle = {way: round(statistics.median(values), 2) for way, values in found.items()}
    names = ("eager_us", "compiled_us", "processes_us", "ours_us", "ours_machine_us")
    figures: dict[str, float | None] = {name: middle.get(name) for name in names}
    rate = problem.operations / middle["ours_us"] / 1e3
    figures["share_of_peak"] = round(rate / middle["sgemm"], 3)
    figures["times_eager"] = round(middle["eager_us"] / middle["ours_us"], 2)
    figures["times_processes"] = round(middle["processes_us"] / middle["ours_machine_us"], 2)
    return figures


def as_table(summary: dict[str, dict[str, float | None]]) -> str:
    """The summary for people."""
    lines = []
    for name, figures in summary.items():
        shown = "  ".join(f"{key} {value}" for key, value in figures.items())
        lines.append(f"{name}: {shown}")
    return "\n".join(lines)


if __name__ == "__main__":
    main(sys.argv[1:])
