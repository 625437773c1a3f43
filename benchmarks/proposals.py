"""What does a decision cost, after 100, 1,000 and 10,000 trials?

    python benchmarks/proposals.py --json [--peers python] [--decisions 200]

Takes five minutes. A history of that many trials is made up by a formula and told to the race as a study
would tell it; then the study goes on for ``--decisions`` decisions, with 7 hyperparameters (those of LCBench)
and with the perceptrons' space. ``--peers``: the Python of an environment with Optuna, whose TPE is then
asked for configurations after as many trials, turn by turn with ours. Each is a process of its own with one
thread:

    decide_ms, decide_p95_ms    from the question to the decision: processor time, median and 95th percentile
    wall_ms, wall_p95_ms        the same by the clock, on a machine that did other work, too
    see_ms                      the mean of what it takes in between, points and fits: processor time
    history_ms                  the same of the history before, for each of its trials; every fit is in it
    memory_mb                   resident memory at the end above that before the history; for the race the
                                history's own records are part of it

Writes benchmarks/results/proposals.json; ``--json`` also prints its summary.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import results_file

TRIALS = (100, 1_000, 10_000)
SPACES = ("seven", "perceptron")
ASKED = {100: 60, 1_000: 30, 10_000: 15}
"""Questions to Optuna, by the trials before: one takes long."""

Row = dict[str, float | int | str]


def main(arguments: Sequence[str]) -> None:
    """Measure, write the results file, print what was asked for."""
    parser = argparse.ArgumentParser(description="What a decision costs, by the number of trials before.")
    parser.add_argument("--decisions", type=int, default=200, help="decisions that are timed (default 200)")
    parser.add_argument("--peers", help="Python of an environment with Optuna")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    options = parser.parse_args(arguments)
    rows: list[Row] = []
    for space in SPACES:
        for trials in TRIALS:
            rows.append(measured(sys.executable, "ours", space, trials, options.decisions))
            if options.peers is not None:
                rows.append(measured(options.peers, "optuna", space, trials, ASKED[trials]))
    told = ["python", "benchmarks/proposals.py", *shown(arguments)]
    results_file.write("proposals", " ".join(told), summarise(rows), rows)
    print(json.dumps(summarise(rows)) if options.json else "\n".join(map(str, rows)))


def shown(arguments: Sequence[str]) -> list[str]:
    """The arguments without the place of an interpreter."""
    places = [place + 1 for place, each in enumerate(arguments) if each == "--peers"]
    return ["python" if place in places else each for place, each in enumerate(arguments)]


def measured(python: str, method: str, space: str, trials: int, decisions: int) -> Row:
    """One method in a process of its own."""
    script = Path(__file__).with_name(f"proposals_{method}.py")
    command = [python, str(script), space, str(trials), str(decisions)]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    found: Row = json.loads(done.stdout)
    return {"method": method, "space": space, "trials": trials, **found}


def summarise(rows: Sequence[Row]) -> dict[str, dict[str, float | int | str]]:
    """The figures by method, space and trials: ``ours seven 100``."""
    named = {f"{row['method']} {row['space']} {row['trials']}": row for row in rows}
    left_out = ("method", "space", "trials")
    return {name: {k: v for k, v in row.items() if k not in left_out} for name, row in named.items()}


if __name__ == "__main__":
    main(sys.argv[1:])
