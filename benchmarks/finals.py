"""Which of the finalists should be the answer? Rules compared on the same studies, by test error.

The tables of the index that ``quality.py`` leaves out, so that what is chosen here is not chosen by the
tables that are reported there. Every study is run once; then each rule picks a network among its
finalists by their validation errors, and the picks are scored on the test rows.

    python benchmarks/finals.py --json [--budget 20s] [--seed 0]
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from safetensors.numpy import load_file

import curvewise
from curvewise.cohort.recipe import recipe
from curvewise.cohort.scores import score_examples
from curvewise.cohort.ways import available, outputs
from curvewise.data.prepare import PreparedTable, prepare
from curvewise.data.read import read
from curvewise.search.finals import Finalist, best_of, finalists
from results_file import write
from table_index import STEP, tables

RULES = ("best seed", "median seed", "any seed", "best seed of the least mean")
"""Of the configuration that the study chose: the seed of the least validation error, the median one, the
mean over all of them; and the best seed of the configuration with the least mean, whatever its size."""


def main() -> None:
    """Run the benchmark and write its results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--budget", default="20s")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for table in (table for place, table in enumerate(tables()) if place % STEP):
        row = compare(Path(table["file"]), table, options.budget, options.seed)
        print(row or f"{table['name']}: no finalists in {options.budget}", file=sys.stderr, flush=True)
        rows += [row] if row else []
    summary = {rule: against(rows, rule, "median seed") for rule in RULES}
    write("finals", "python benchmarks/finals.py " + " ".join(sys.argv[1:]), summary, rows)
    if options.json:
        json.dump(summary, sys.stdout, indent=1)


def compare(path: Path, table: dict[str, str], budget: str, seed: int) -> dict[str, Any] | None:
    """Test errors of what each rule picks among one study's finalists; None where the budget left none."""
    target, task = table["target"], table["task"]
    prepared = prepare(read(path, target), seed=seed, task=task)
    with tempfile.TemporaryDirectory() as out:
        study = curvewise.tune(
            path, target=target, task=task, budget=budget, seed=seed, out=Path(out) / "study"
        )
        found = finalists(study.ledger)
        chosen = study.ledger.chosen
        if chosen is None or not found:
            return None
        errors = {n: error_of(study, n, prepared) for each in found for n in each.trials}
    ours = next(each for each in found if each.source == chosen.numbers["source"])
    ranked = sorted(range(len(ours.trials)), key=lambda i: (ours.errors[i], ours.losses[i], i))
    return {
        "table": table["name"],
        "finalists": len(found),
        "seeds": len(ours.trials),
        "best seed": errors[ours.best_trial],
        "median seed": errors[ours.trials[ranked[(len(ranked) - 1) // 2]]],
        "any seed": mean_of(ours, errors),
        "best seed of the least mean": errors[best_of(found).best_trial],
    }


def error_of(study: curvewise.Study, number: int, prepared: PreparedTable) -> float:
    """Test error of a finalist, by the weights that the study kept."""
    trial = study.ledger.entries[number].trial
    encoding = trial.configuration.word("encoding")
    split, test = prepared.split(encoding), prepared.test(encoding)
    weights = dict(load_file(study.folder / "weights" / f"trial-{number}.safetensors"))
    resolved = recipe(trial.configuration, trial.horizon, split)
    found = outputs(available()[0], resolved, split, weights, test)
    return score_examples(found, test, split.task, split.target_scale)[1]


def mean_of(finalist: Finalist, errors: dict[int, float]) -> float:
    """Mean test error over a finalist's seeds."""
    return statistics.fmean(errors[number] for number in finalist.trials)


def against(rows: list[dict[str, Any]], rule: str, other: str) -> dict[str, float]:
    """How a rule compares with another: tables with less error and with more, and the mean ratio.

    The ratio is geometric, over the tables where neither error is zero.
    """
    pairs = [(row[rule], row[other]) for row in rows]
    ratios = [math.log(a / b) for a, b in pairs if a > 0 and b > 0]
    return {
        "better": sum(a < b for a, b in pairs),
        "worse": sum(a > b for a, b in pairs),
        "error_ratio": round(math.exp(statistics.fmean(ratios)), 4),
        "tables": len(pairs),
    }


if __name__ == "__main__":
    main()
