"""How fast is one training step? Ours against PyTorch, thread for thread and on the whole machine.

    python benchmarks/engine.py --json [--repeats 15] [--seconds 0.2] [--only NAME ...] [--skip-compiled]

Takes four minutes or so, of which torch.compile waits one for its compiler. Every way trains the same
network on the same data with AdamW: perceptrons 64-64-64-10 and 64-256-256-10, two convolutions on
28 x 28 pixels, and one recurrent layer on Bach's chorales (``engine_problems.py``). The ways take turns,
``--repeats`` times, each for ``--seconds``: many short turns, for a shared machine's speed changes by half
within seconds, and all ways must meet the same. The figures are medians, in microseconds per step of one
model: of processor time where one thread works, of wall time where all cores do:

    eager_us          plain PyTorch, AdamW(fused=True), one thread; the faster of padded and packed
                      sequences, and of images with channels first and last (eager_variant)
    compiled_us       the same, the whole step by torch.compile; null with compiled_why where it is refused
    processes_us      eager in as many one-thread processes as there are cores: wall / steps of all
    ours_us           a cohort on one thread, in the way that it chooses (ours_way): everything but
                      reading results out of it
    ours_machine_us   the same on one thread per core (ours_machine_way): wall / steps of all
    share_of_peak     our rate of useful operations / the rate of torch.mm at 1024 x 1024 on one thread:
                      operations / ours_us / sgemm. Operations are those of the products: 2 per weight and
                      row forward, 2 for the weights' gradient, 2 for the inputs' but in the first layer
                      (``engine_problems.multiplications``)

``times_eager`` and ``times_compiled`` are eager_us and compiled_us / ours_us, ``times_processes`` is
processes_us / ours_machine_us. Numbers too small to be normal are flushed to zero in every way.
Writes benchmarks/results/engine.json; ``--json`` also prints its summary. With ``--only`` nothing is written.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from statistics import median

import engine_data
import results_file
from curvewise.errors import EngineError
from engine_eager import variants
from engine_problems import PROBLEMS, Problem
from engine_ways import CORES, Ours, Steps, Workers, eager, one_thread, sgemm

Row = dict[str, object]
"""``{"problem", "way", "repeat", "value"}``: microseconds, but GF/s for the way ``sgemm``."""
Figures = dict[str, float | str | None]
"""Of one network, and what is to be told of them."""
WAYS = ("eager_us", "compiled_us", "processes_us", "ours_us", "ours_machine_us")
TRIED = 0.3
"""Seconds that each way of writing the eager step is tried for."""


def main(arguments: Sequence[str]) -> None:
    """Measure, write the results file, print what was asked for."""
    parser = argparse.ArgumentParser(description="Microseconds per training step, ours against PyTorch.")
    parser.add_argument("--repeats", type=int, default=15, help="turns of every way (default 15)")
    parser.add_argument("--seconds", type=float, default=0.2, help="of each turn (default 0.2)")
    parser.add_argument("--only", nargs="*", help="names of the networks to measure (default all)")
    parser.add_argument("--skip-compiled", action="store_true", help="do not wait for torch.compile")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    options = parser.parse_args(arguments)
    one_thread()
    rows: list[Row] = []
    summary: dict[str, Figures] = {}
    for problem in PROBLEMS:
        if options.only and problem.name not in options.only:
            continue
        print(f"measuring {problem.name}, minibatches of {problem.minibatch}", file=sys.stderr)
        measured, facts = measure(problem, options.repeats, options.seconds, options.skip_compiled)
        rows += measured
        summary[problem.name] = summarise(problem.operations(problem.split()), measured) | facts
    if not options.only:
        command = " ".join(["python", "benchmarks/engine.py", *arguments])
        results_file.write("engine", command, summary, rows)
    print(json.dumps(summary) if options.json else as_table(summary))


def measure(problem: Problem, repeats: int, seconds: float, skip_compiled: bool) -> tuple[list[Row], Figures]:
    """Every way's turns, and what is to be told of them."""
    facts: Figures = {"data": told_data(problem)}
    tried = {variant: eager(problem, variant) for variant in variants(problem)}
    taken = {variant: (train(0.0), train(TRIED))[1] for variant, train in tried.items()}
    facts["eager_variant"] = variant = min(taken, key=lambda each: taken[each])
    rows: list[Row] = [row(problem, f"eager {each} (tried)", 0, value) for each, value in taken.items()]
    with ExitStack() as stack:
        processes = stack.enter_context(Workers(problem, variant, CORES))
        ways: dict[str, Steps] = {"eager_us": tried[variant], "processes_us": processes.train}
        ways |= ways_of_ours(problem, facts, stack)
        if not skip_compiled:
            compiling = stack.enter_context(Workers(problem, variant, 1, compiles=True))
            if compiling.refusal is None:
                ways["compiled_us"] = compiling.train
            else:
                facts["compiled_why"] = compiling.refusal
        ways["sgemm"] = sgemm
        for way in ways.values():
            way(min(seconds, 0.2))
        rows += [
            row(problem, name, repeat, way(seconds))
            for repeat in range(repeats)
            for name, way in ways.items()
        ]
    return rows, facts


def ways_of_ours(problem: Problem, facts: Figures, stack: ExitStack) -> dict[str, Steps]:
    """Ours on one thread and on all; none, and ``ours_why`` among the facts, where it cannot train this."""
    try:
        one, all_cores = (stack.enter_context(Ours(problem, threads)) for threads in (1, CORES))
    except EngineError as error:
        facts["ours_why"] = str(error)
        return {}
    facts["ours_way"], facts["ours_machine_way"] = one.way, all_cores.way
    return {"ours_us": one.train, "ours_machine_us": all_cores.train}


def told_data(problem: Problem) -> str:
    """Where the examples came from."""
    if problem.family != "recurrent":
        return "made up"
    return "JSB chorales" if engine_data.have_chorales() else "made up, for the chorales are absent"


def row(problem: Problem, way: str, repeat: int, value: float) -> Row:
    """One turn's figure."""
    return {"problem": problem.name, "way": way, "repeat": repeat, "value": round(value, 2)}


def summarise(operations: float, rows: Sequence[Row]) -> Figures:
    """Medians by way and their ratios; None where a way was not to be had."""
    found: dict[str, list[float]] = {}
    for each in rows:
        found.setdefault(str(each["way"]), []).append(float(str(each["value"])))
    middle = {way: median(values) for way, values in found.items()}

    def ratio(above: str, below: str) -> float | None:
        return round(middle[above] / middle[below], 2) if {above, below} <= middle.keys() else None

    figures: Figures = {name: round(middle[name], 2) if name in middle else None for name in WAYS}
    if "ours_us" in middle:
        figures["share_of_peak"] = round(operations / middle["ours_us"] / 1e3 / middle["sgemm"], 3)
    figures["times_eager"] = ratio("eager_us", "ours_us")
    figures["times_compiled"] = ratio("compiled_us", "ours_us")
    figures["times_processes"] = ratio("processes_us", "ours_machine_us")
    return figures


def as_table(summary: dict[str, Figures]) -> str:
    """The summary for people."""
    lines = []
    for name, figures in summary.items():
        shown = "  ".join(f"{key} {value}" for key, value in figures.items())
        lines.append(f"{name}: {shown}")
    return "\n".join(lines)


if __name__ == "__main__":
    main(sys.argv[1:])
