"""How often is a fault found in real curves, and how often is a healthy run accused?

On every labelled curve of logs/keras_runs.jsonl.gz in the development data (real Keras programs, faulty and
repaired, 8 repeats each): recall on the problems, false alarms on the healthy, for ours, for the rules of
other tools as published, and for tools that can be installed. "Cannot tell" on a problem is a miss. Repeats
of a program are alike, so intervals are bootstrapped by program. Thresholds were chosen looking at the first,
third, ... program by name ("looked_at"); the others are reported apart ("held_out").

    python benchmarks/diagnosis.py --json [--peers /path/to/an/environment/bin/python]

The environment holds runmedic==0.1.1 losslint==0.4.1 training-doctor==0.1.0 sk-autod==0.1.1.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from curvewise.curves.run import Quantity, Run, Series
from curvewise.diagnosis.diagnose import diagnose
from curvewise.records import Diagnosis
from diagnosis_peers import TOOLS
from diagnosis_rules import RULES
from results_file import write

DRAWS = 2000
"""Of the bootstrap; with ten programs their 2.5th and 97.5th percentiles are rough anyway."""
OURS = "curvewise"

NAMES: dict[str, Quantity] = {
    "loss": "train_loss",
    "val_loss": "valid_loss",
    "accuracy": "train_error",
    "val_accuracy": "valid_error",
}


@dataclass(frozen=True)
class Curve:
    """One labelled curve."""

    program: str
    problem: bool
    run: Run


def labelled_curves() -> list[Curve]:
    """Every curve with a label; exits with a message where the data are not to be had."""
    folder = Path(os.environ.get("CURVEWISE_DATA", "../shared/data")) / "logs"
    path = folder / "keras_runs.jsonl.gz"
    if not path.exists():
        sys.exit(f"there is no {path}: point CURVEWISE_DATA at the development data")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    kept = [row for row in rows if row["label"] in ("problem", "healthy")]
    return [Curve(row["fault"], row["label"] == "problem", run_of(row)) for row in kept]


def run_of(row: Mapping[str, list[float | None]]) -> Run:
    """A row of the file as a run by epochs; accuracies become errors."""
    series: dict[Quantity, Series] = {}
    for name, quantity in NAMES.items():
        values = np.array([np.nan if value is None else value for value in row[name] or []], dtype=float)
        if len(values):
            at = np.arange(1.0, len(values) + 1)
            series[quantity] = Series(at, values if quantity.endswith("loss") else 1 - values)
    return Run("run", "-", "epoch", series)


def by_peers(python: str, curves: Sequence[Curve]) -> dict[str, list[bool]]:
    """What every tool that is installed there says; a failure is no flag."""
    flags: dict[str, list[bool]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for number, curve in enumerate(curves):
            write_csv(Path(folder) / f"{number:05}.csv", curve.run)
        for tool in TOOLS:
            script = str(Path(__file__).with_name("diagnosis_peers.py"))
            done = subprocess.run([python, script, tool, folder], capture_output=True, text=True, check=True)
            said = json.loads(done.stdout)
            flags[tool] = [bool(said[f"{number:05}"]) for number in range(len(curves))]
    return flags


def write_csv(path: Path, run: Run) -> None:
    """Losses by epoch, as the tools read them."""
    columns = {
        name: run.series[NAMES[name]].values for name in ("loss", "val_loss") if NAMES[name] in run.series
    }
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["epoch", *columns])
        for epoch, values in enumerate(zip(*columns.values(), strict=True)):
            writer.writerow([epoch, *values])


def percent(
    curves: Sequence[Curve], flags: Sequence[bool], problem: bool
) -> tuple[float, float, float] | None:
    """Flagged of one label, in percent, with a 95 % interval by drawing programs; None if there is none."""
    programs: dict[str, list[bool]] = {}
    for curve, flag in zip(curves, flags, strict=True):
        if curve.problem == problem:
            programs.setdefault(curve.program, []).append(flag)
    if not programs:
        return None
    groups = list(programs.values())
    draws = np.random.default_rng(0).integers(0, len(groups), (DRAWS, len(groups)))
    flagged, sizes = np.array([sum(group) for group in groups]), np.array([len(group) for group in groups])
    shares = flagged[draws].sum(axis=1) / sizes[draws].sum(axis=1)
    low, high = np.percentile(shares, [2.5, 97.5])
    return round(100 * flagged.sum() / sizes.sum(), 1), round(100 * low, 1), round(100 * high, 1)


def summarise(curves: Sequence[Curve], flags: Mapping[str, Sequence[bool]]) -> dict[str, object]:
    """Percent recalled and falsely accused by every tool: of all, and of the programs held out."""
    names = sorted({curve.program for curve in curves})
    held_out = [names.index(curve.program) % 2 == 1 for curve in curves]
    summary: dict[str, object] = {
        "problems": sum(curve.problem for curve in curves),
        "healthy": sum(not curve.problem for curve in curves),
        "programs": len(names),
    }
    for tool, said in flags.items():
        figures: dict[str, float | None] = {}
        for prefix, wanted in (("", [True] * len(curves)), ("held_out_", held_out)):
            of = [curve for curve, there in zip(curves, wanted, strict=True) if there]
            those = [flag for flag, there in zip(said, wanted, strict=True) if there]
            for key, problem in (("recall", True), ("false_alarms", False)):
                found = percent(of, those, problem) or (None, None, None)
                bounds = (f"{prefix}{key}", f"{prefix}{key}_low", f"{prefix}{key}_high")
                figures |= dict(zip(bounds, found, strict=True))
        summary[tool] = figures
    return summary


def command_line(told: str | None) -> argparse.ArgumentParser:
    """The options of every benchmark of diagnosis; ``told``: what its ``--help`` begins with."""
    parser = argparse.ArgumentParser(description=told, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", help="the Python of an environment that holds the other tools")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    return parser


def by_every_tool(
    curves: Sequence[Curve], told: Sequence[Diagnosis], peers: str | None
) -> dict[str, list[bool]]:
    """Whether each tool calls each curve a problem; ``told``: what we say of them, ``peers`` a Python."""
    flags: dict[str, list[bool]] = {OURS: [each.verdict == "problem" for each in told]}
    flags |= {name: [rule(curve.run) for curve in curves] for name, rule in RULES.items()}
    return flags | by_peers(peers, curves) if peers else flags


def main() -> None:
    """Diagnose, print and write the result."""
    options = command_line(__doc__).parse_args()
    curves = labelled_curves()
    told = [diagnose(curve.run) for curve in curves]
    flags = by_every_tool(curves, told, options.peers)
    summary = summarise(curves, flags)
    rows = [
        {
            "program": curve.program,
            "label": "problem" if curve.problem else "healthy",
            "verdict": each.verdict,
            "signs": [finding.sign for finding in each.findings],
        }
        for curve, each in zip(curves, told, strict=True)
    ]
    write("diagnosis", "python benchmarks/diagnosis.py --json", summary, rows)
    if options.json:
        json.dump(summary, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
