"""Are published faults found when the engine trains them again?

Every case of logs/cases.jsonl in the development data that the engine can express is trained, before its fix
and after it, with each seed. It is kept if the fix beats the fault: its last validation losses, relative to
that of guessing, are the smaller ones (Mann-Whitney, one-sided, p < 0.05). Faulty runs of
kept cases are to be problems, fixed runs and those published as healthy are not; "cannot tell" on a fault is
a miss. Each run is read twice: as a trial, with settings and gradients, and by its losses and errors alone,
as in a log. What is not re-created is in published_left_out.py with the reason.

Not every run of a good program works: narrow networks get stuck from some starts. So false alarms are counted
of all fixed and healthy runs, and once more of those that work: a fixed one where it ends 5 % below the
median of the faulty ones, a healthy one where it ends no more than 10 % above its published log, which must
itself have learned something.

    OMP_NUM_THREADS=1 python benchmarks/published_cases.py --json [--seeds 10] [--curves FOLDER]

With a folder for its curves it trains once, and reads them in seconds when signs have changed; empty it
when the data or the engine have.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from curvewise.diagnosis.diagnose import diagnose
from curvewise.records import Diagnosis
from diagnosis_causes import bare, percent
from known_causes import HARM
from published_case import Case, rights
from published_data import data, folder, guessing
from published_images import IMAGES
from published_left_out import LEFT_OUT
from published_perceptrons import PERCEPTRONS
from published_training import Trained, beats, once_trained
from results_file import write

CASES = (*PERCEPTRONS, *IMAGES)
LEAST_SIGNIFICANT = 0.05
IMAGES_SHARE = 0.5
"""Of the seeds, for images, which take most of the time."""
LEARNED = 0.9
"""Loss over that of guessing, above which a healthy program's log shows no learning."""
ABOVE_LOG = 1.1

Row = dict[str, object]


def rows_of(case: Case, arm: str, runs: Sequence[Trained], true: frozenset[str], limit: float) -> list[Row]:
    """What is said of each run; ``arm`` is fault, fixed or healthy, ``limit`` the worst end that works."""
    rows: list[Row] = []
    for each in runs:
        row: Row = {"case": case.name, "arm": f"{case.name} {arm}", "table": case.published.data}
        row |= {"seed": each.seed, "end": finite(each.end), "works": each.end <= limit}
        for prefix, told in (("", diagnose(each.run)), ("alone_", diagnose(bare(each.run)))):
            row |= {f"{prefix}{name}": value for name, value in said(told, true).items()}
        rows.append(row)
    return rows


def finite(end: float) -> float | None:
    """Four digits, None where it diverged."""
    return round(end, 4) if math.isfinite(end) else None


def said(told: Diagnosis, true: frozenset[str]) -> Row:
    """The verdict, its first finding, and whether that names a hyperparameter at fault (none, if none is)."""
    first = told.findings[0] if told.findings else None
    named = first.hyperparameter if first is not None else None
    problem = told.verdict == "problem"
    return {
        "verdict": told.verdict,
        "sign": first.sign if first is not None else "",
        "hyperparameter": named,
        "right": problem and (named in true if true else named is None),
    }


def published() -> dict[str, dict[str, Any]]:
    """Every case of the file by its id; exits with a message where there is no file."""
    path = folder() / "logs" / "cases.jsonl"
    if not path.exists():
        sys.exit(f"there is no {path.name}: point CURVEWISE_DATA at the development data")
    with path.open(encoding="utf-8") as file:
        return {row["id"]: row for row in map(json.loads, file)}


def measured(
    cases: Sequence[Case], told: Mapping[str, dict[str, Any]], seeds: int, kept: Path | None = None
) -> tuple[list[Row], Row]:
    """What is said of every run of the cases that are kept, and what came of the comparison of each case.

    A program that is the fix of several cases is counted once. Trained runs are kept in ``kept``.
    """
    rows: list[Row] = []
    compared: Row = {}
    fixes: dict[str, list[Trained]] = {}
    counted: set[str] = set()
    for case in cases:
        drawn = range(math.ceil(seeds * (IMAGES_SHARE if case in IMAGES else 1)))
        runs = once_trained(case.published, drawn, kept)
        if case.fixed is None:
            rows += rows_of(case, "healthy", runs, frozenset(), logged(case, told[case.name]))
        else:
            key = repr(case.fixed)
            fixed = fixes[key] = fixes.get(key) or once_trained(case.fixed, drawn, kept)
            compared[case.name] = found = comparison(case, runs, fixed)
            if found["kept"]:
                rows += rows_of(case, "fault", runs, rights(told[case.name]["faulty"]), -math.inf)
                limit = float(np.median([each.end for each in runs])) / HARM
                rows += [] if key in counted else rows_of(case, "fixed", fixed, frozenset(), limit)
                counted.add(key)
        print(f"{case.name}: {processor_seconds():.0f} s", file=sys.stderr)
    return rows, compared


def processor_seconds() -> float:
    """Of this process and of those that it has waited for."""
    return sum(os.times()[:4])


def logged(case: Case, told: Mapping[str, Any]) -> float:
    """Worst end at which a healthy program works, by its log; minus infinity where the log is no good."""
    end = float(told["log_last"]["val_loss"]) / guessing(data(case.published.data))
    return ABOVE_LOG * end if end < LEARNED else -math.inf


def comparison(case: Case, faulty: Sequence[Trained], fixed: Sequence[Trained]) -> Row:
    """The p-value, whether the case is kept, both median ends, and what departs from the program."""
    ends = {"faulty": [each.end for each in faulty], "fixed": [each.end for each in fixed]}
    p = beats(ends["fixed"], ends["faulty"])
    medians = {f"{name}_end": finite(float(np.median(each))) for name, each in ends.items()}
    return {"p": round(p, 4), "kept": p < LEAST_SIGNIFICANT, **medians, "departures": case.departures}


def summarise(rows: Sequence[Row], compared: Row, in_file: int) -> Row:
    """Counts of cases, and percent with 95 % intervals by drawing cases; once more by the curves alone."""
    faults, fixed, healthy = (
        [row for row in rows if str(row["arm"]).endswith(f" {arm}")] for arm in ("fault", "fixed", "healthy")
    )
    works = [row for row in (*fixed, *healthy) if row["works"]]
    summary: Row = {
        "cases": in_file,
        "left_out": len(LEFT_OUT),
        "faulty_cases": len(compared),
        "kept": len({row["case"] for row in faults}),
        "healthy_cases": len({row["case"] for row in healthy}),
        "fixed_runs": len(fixed),
        "healthy_runs": len(healthy),
        "faulty_runs": len(faults),
        "working_runs": len(works),
    }
    for prefix, name in (("", "trials"), ("alone_", "curves_alone")):
        figures: dict[str, float | int] = {"cases_found": len(found(faults, f"{prefix}verdict", "problem"))}
        figures["cases_right"] = len(found(faults, f"{prefix}right", True))
        for key, those, field, value in (
            ("recall", faults, "verdict", "problem"),
            ("right_hyperparameter", faults, "right", True),
            ("false_alarms_fixed", fixed, "verdict", "problem"),
            ("false_alarms_healthy", healthy, "verdict", "problem"),
            ("false_alarms_working", works, "verdict", "problem"),
        ):
            figures |= percent(key, by_arm(those, f"{prefix}{field}", value))
        summary[name] = figures
    names = dict.fromkeys(str(row["case"]) for row in rows)
    summary["by_case"] = {name: of_case([row for row in rows if row["case"] == name]) for name in names}
    return summary


def of_case(rows: Sequence[Row]) -> Row:
    """Of one case's runs, percent; None where it has none. Fixes that several cases share are the first's."""
    found: Row = {}
    for key, arm, field, value in (
        ("found", "fault", "verdict", "problem"),
        ("right", "fault", "right", True),
        ("fixed_accused", "fixed", "verdict", "problem"),
        ("healthy_accused", "healthy", "verdict", "problem"),
    ):
        for prefix in ("", "alone_"):
            hits = [row[prefix + field] == value for row in rows if str(row["arm"]).endswith(f" {arm}")]
            found[prefix + key] = round(100 * sum(hits) / len(hits), 1) if hits else None
    return found


def by_arm(rows: Sequence[Row], key: str, value: object) -> list[list[bool]]:
    """Whether each run has ``value``, the runs of one arm of one case together."""
    arms = dict.fromkeys(row["arm"] for row in rows)
    return [[row[key] == value for row in rows if row["arm"] == arm] for arm in arms]


def found(rows: Sequence[Row], key: str, value: object) -> list[str]:
    """Cases of which more than half of the runs have ``value``."""
    cases = dict.fromkeys(str(row["case"]) for row in rows)
    of_case = {case: [row[key] == value for row in rows if row["case"] == case] for case in cases}
    return [case for case, hits in of_case.items() if 2 * sum(hits) > len(hits)]


def main() -> None:
    """Train, compare, diagnose, print and write the result."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--only", help="cases whose name begins so; nothing is written")
    parser.add_argument("--curves", type=Path, help="folder that keeps trained runs, to be diagnosed anew")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    options = parser.parse_args()
    told = published()
    cases = [case for case in CASES if case.name.startswith(options.only or "")]
    rows, compared = measured(cases, told, options.seeds, options.curves)
    summary = summarise(rows, compared, len(told))
    summary |= {"compared": compared, "reasons": LEFT_OUT}
    if options.only is None:
        command = f"python benchmarks/published_cases.py --json --seeds {options.seeds}"
        write("published-cases", command, summary, rows)
    if options.json:
        json.dump(
            summary if options.only is None else {"summary": summary, "rows": rows}, sys.stdout, indent=1
        )


if __name__ == "__main__":
    main()
