"""What a person sees first: ``curvewise tune digits``, its answers and its pace, run as a person would.

Each study is a process of its own, on all cores: test error of the answer for seeds 0 to 4 and each
budget, wall seconds of the process, and when the first training point was in the history, counted from
the process's start. Then ``curvewise --help``, several times.

    python benchmarks/digits.py --json [--budgets 10s,60s] [--seeds 5]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from curvewise.records import Observed
from curvewise.store.history import History
from results_file import write

COMMAND = (sys.executable, "-m", "curvewise")
HELPS = 9
"""Times that ``--help`` is asked for."""


def main() -> None:
    """Run the benchmark and write its results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--budgets", default="10s,60s")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    options = parser.parse_args()
    budgets = options.budgets.split(",")
    rows = [study(budget, seed) for budget in budgets for seed in range(options.seeds)]
    helps = [help_seconds() for _ in range(HELPS)]
    summary: dict[str, Any] = {"help_seconds": round(statistics.median(helps), 3)}
    for budget in budgets:
        of_budget = [row for row in rows if row["budget"] == budget]
        summary[budget] = {
            "median_test_error_percent": round(
                100 * statistics.median(row["test_error"] for row in of_budget), 2
            ),
            "median_wall_seconds": statistics.median(row["wall_seconds"] for row in of_budget),
            "median_first_point_seconds": statistics.median(row["first_point_seconds"] for row in of_budget),
        }
    write("digits", "python benchmarks/digits.py " + " ".join(sys.argv[1:]), summary, rows)
    if options.json:
        json.dump(summary, sys.stdout, indent=1)


def study(budget: str, seed: int) -> dict[str, Any]:
    """One study from the command line."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "study"
        arguments = (
            "tune",
            "digits",
            "--budget",
            budget,
            "--seed",
            str(seed),
            "--out",
            str(out),
            "--json",
            "-q",
        )
        started = time.perf_counter()
        done = subprocess.run([*COMMAND, *arguments], check=True, capture_output=True, text=True)
        wall = time.perf_counter() - started
        answer = json.loads(done.stdout)
        with History.open(out / "study.db", readonly=True) as history:
            first = next(event.elapsed for _, event in history.since(0) if isinstance(event, Observed))
    row = {
        "budget": budget,
        "seed": seed,
        "test_error": answer["best"]["test"]["error"],
        "ensemble_test_error": answer["ensemble"]["test"]["error"] if answer["ensemble"] else None,
        "trials": answer["trials"],
        "slot_epochs": answer["slot_epochs"],
        "wall_seconds": round(wall, 2),
        "first_point_seconds": round(first + interpreter_seconds(), 2),
    }
    print(row, file=sys.stderr, flush=True)
    return row


def interpreter_seconds() -> float:
    """Until Python runs the program's first line: what a study's own clock cannot see."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import curvewise.cli.main"], check=True)
    return time.perf_counter() - started


def help_seconds() -> float:
    """Wall seconds of ``curvewise --help``."""
    started = time.perf_counter()
    subprocess.run([*COMMAND, "--help"], check=True, capture_output=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
