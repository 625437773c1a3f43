"""Are learning rates that are too low or too high told from good ones, on trainings of somebody else?

DeepOBS (Schneider et al. 2019, arXiv 1903.05499) published the curves of five problems by three optimizers at
36 rates each. Good are runs at the rate of least last test loss, and those within half a decade that end
within 2 % of it (of the way from the first loss to the best); too low those at a thirtieth of it or less, and
too high at ten times it or more, that end 10 % of the way or more above it. Curves alone are shown: no rate,
no gradient. Right is a finding about the learning rate with the right direction. "Healthy" and "cannot tell"
are misses. Intervals are by drawing pairs of problem and optimizer.

    python benchmarks/diagnosis_rates.py --json [--peers /path/to/an/environment/bin/python]
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from curvewise.curves.run import Quantity, Run, Series
from curvewise.diagnosis.diagnose import diagnose
from curvewise.records import Diagnosis
from diagnosis import OURS, Curve, by_every_tool, command_line
from diagnosis_causes import percent
from results_file import write

LAST = 5
"""Epochs whose median test loss is where a run ended."""
NEAR, FAR_BELOW, FAR_ABOVE = 10**0.5, 30, 10
"""Factors of the best rate. A constant rate ten times the best is beyond the bend of every landscape here; a
tenth of it is often as good."""
WITHIN, HARM = 0.02, 0.1
LABELS = ("good", "too low", "too high")
COLUMNS: dict[Quantity, tuple[str, bool]] = {
    "train_loss": ("train_loss", False),
    "valid_loss": ("test_loss", False),
    "train_error": ("train_acc", True),
    "valid_error": ("test_acc", True),
}


@dataclass(frozen=True)
class Rated:
    """One run, and what its rate is."""

    problem: str
    optimizer: str
    rate: float
    label: str
    run: Run


def rated() -> Iterator[Rated]:
    """Every run that has a label; exits with a message where the tables are not to be had."""
    folder = Path(os.environ.get("CURVEWISE_DATA", "../shared/data")) / "tables" / "deepobs"
    paths = sorted(folder.glob("*.npz"))
    if not paths:
        sys.exit(f"there is nothing in {folder}: point CURVEWISE_DATA at the development data")
    for path in paths:
        table = dict(np.load(path))
        ends = np.median(table["test_loss"][:, -LAST:], axis=1)
        ends[~np.isfinite(ends)] = np.inf
        for optimizer in sorted(set(table["optimizer"])):
            rows = np.flatnonzero(table["optimizer"] == optimizer)
            for row, label in zip(rows, labels(table, rows, ends[rows]), strict=True):
                if label:
                    rate = float(table["lr"][row])
                    yield Rated(path.stem, str(optimizer), rate, label, run_of(table, int(row)))


def labels(table: Mapping[str, Any], rows: Any, ends: Any) -> list[str]:
    """Of the runs of one optimizer; empty where it is neither."""
    rates = table["lr"][rows]
    best, least = float(rates[np.argmin(ends)]), float(ends.min())
    start = float(np.nanmedian(table["test_loss"][rows, 0]))
    found: list[str] = []
    for rate, end in zip(rates, ends, strict=True):
        above = (end - least) / (start - least)
        near = best / NEAR * 0.99 <= rate <= best * NEAR * 1.01
        if above <= WITHIN and near:
            found.append("good")
        elif above >= HARM and rate <= best / FAR_BELOW:
            found.append("too low")
        else:
            found.append("too high" if above >= HARM and rate >= best * FAR_ABOVE * 0.99 else "")
    return found


def run_of(table: Mapping[str, Any], row: int) -> Run:
    """A row of the table by epochs, from 0; accuracies become errors."""
    series: dict[Quantity, Series] = {}
    for quantity, (name, accuracy) in COLUMNS.items():
        values = table[name][row].astype(float)
        if np.isfinite(values).any():
            series[quantity] = Series(np.arange(len(values), dtype=float), 1 - values if accuracy else values)
    return Run("run", "-", "epoch", series)


def right(label: str, told: Diagnosis) -> bool:
    """A problem whose first finding moves the learning rate where it should go."""
    if told.verdict != "problem":
        return False
    first = told.findings[0]
    wanted = ("learning_rate", "raise" if label == "too low" else "lower")
    return (first.hyperparameter, first.direction) == wanted


def shares(name: str, runs: Sequence[Rated], hits: Sequence[bool], label: str) -> dict[str, float]:
    """Hits among the runs of one label, in percent with an interval."""
    groups: dict[tuple[str, str], list[bool]] = {}
    for run, hit in zip(runs, hits, strict=True):
        if run.label == label:
            groups.setdefault((run.problem, run.optimizer), []).append(hit)
    return percent(name, list(groups.values()))


def main() -> None:
    """Diagnose, print and write the result."""
    options = command_line(__doc__).parse_args()
    runs = list(rated())
    told = [diagnose(each.run) for each in runs]
    curves = [Curve(each.problem, each.label != "good", each.run) for each in runs]
    flags = by_every_tool(curves, told, options.peers)
    summary: dict[str, object] = dict(Counter(each.label for each in runs))
    for tool, said in flags.items():
        names = ("false_alarms", "too_low_found", "too_high_found")
        figures = [shares(name, runs, said, label) for name, label in zip(names, LABELS, strict=True)]
        summary[tool] = figures[0] | figures[1] | figures[2]
    rights = [right(each.label, diagnosis) for each, diagnosis in zip(runs, told, strict=True)]
    low, high = (shares(f"{label.replace(' ', '_')}_right", runs, rights, label) for label in LABELS[1:])
    summary[f"{OURS} direction"] = low | high
    rows = Counter(
        (
            each.problem,
            each.label,
            diagnosis.verdict,
            diagnosis.findings[0].sign if diagnosis.findings else "",
        )
        for each, diagnosis in zip(runs, told, strict=True)
    )
    columns = ("problem", "label", "verdict", "sign")
    counted = [{**dict(zip(columns, key, strict=True)), "runs": count} for key, count in sorted(rows.items())]
    write("diagnosis-rates", "python benchmarks/diagnosis_rates.py --json --peers PYTHON", summary, counted)
    if options.json:
        json.dump(summary, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
