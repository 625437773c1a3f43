"""Which settings suit the baselines best? Tried on LCBench's tuning tasks, so that we race against the best.

Mean regret at every tenth of the budget of successive halving, ASHA, Hyperband and one epoch, 20 seeds.

    python benchmarks/tables_settings.py --json
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import tables_baselines
from results_file import write
from tables_problem import Table
from tables_recorder import BudgetSpent, Recorder
from tables_scales import scales
from tables_statistics import TENTHS, place, regrets
from tables_suite import load, parts

SEEDS = 20
METHOD_SETTINGS: dict[str, tuple[Callable[..., None], list[dict[str, int]]]] = {
    "halving": (
        tables_baselines.halving,
        [
            {"count": count, "least": least, "factor": factor}
            for factor, least, counts in (
                (2, 1, (16, 32, 64)),
                (2, 2, (16, 32, 48, 64)),
                (2, 3, (16, 32)),
                (2, 4, (4, 8, 12, 16, 32, 64)),
                (3, 1, (9, 27, 81, 243)),
                (3, 2, (27, 81)),
                (3, 3, (9, 27)),
                (3, 4, (27,)),
                (4, 1, (64, 256)),
                (4, 3, (16, 32, 64)),
                (4, 4, (16,)),
            )
            for count in counts
        ],
    ),
    "ASHA": (
        tables_baselines.asha,
        [{"least": least, "factor": factor} for least in (1, 2, 3, 4) for factor in (2, 3, 4)],
    ),
    "Hyperband": (tables_baselines.hyperband, [{"factor": factor} for factor in (2, 3, 4)]),
    "one epoch": (
        tables_baselines.one_epoch,
        [
            {"count": count, "top": top}
            for count, top in (
                (13, 1),
                (26, 1),
                (26, 2),
                (52, 1),
                (52, 4),
                (104, 3),
                (104, 8),
                (208, 16),
                (520, 10),
            )
        ],
    ),
}


def raced(table: Table, function: Callable[..., None], settings: Mapping[str, int], seed: int) -> list[Any]:
    """(Epochs spent, incumbent) whenever it improved."""
    recorder = Recorder(table)
    with contextlib.suppress(BudgetSpent):
        function(recorder.problem, recorder, np.random.default_rng(seed), **settings)
    return recorder.improvements


def main() -> None:
    """Race every setting, print and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    options = parser.parse_args()
    problems = [name for name, part in parts().items() if part == "tuned" and name.startswith("lcbench")]
    tried = {
        f"{method} {' '.join(map(str, settings.values()))}": (method, function, settings)
        for method, (function, each) in METHOD_SETTINGS.items()
        for settings in each
    }
    cells = {}
    for problem in problems:  # one after the other: a table keeps the curves that it was asked for
        table = load(problem)
        for name, (_, function, settings) in tried.items():
            cells[name, problem] = [raced(table, function, settings, seed) for seed in range(SEEDS)]
    races = regrets(cells, scales(), {problem: Recorder(load(problem)).horizon for problem in problems})
    rows = [
        {
            "method": method,
            **settings,
            **{
                str(at): float(np.mean([race.regret[:, place(at)] for race in races if race.method == name]))
                for at in TENTHS
            },
        }
        for name, (method, _, settings) in tried.items()
    ]
    write("tables-settings", "python benchmarks/tables_settings.py --json", summarise(rows), rows)
    if options.json:
        json.dump(summarise(rows), sys.stdout, indent=1)


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The settings of each method whose regrets at the tenths have the least product."""
    best: dict[str, dict[str, Any]] = {}
    for row in rows:
        kept = best.get(row["method"])
        if kept is None or _product(row) < _product(kept):
            best[row["method"]] = row
    return {
        method: {key: value for key, value in row.items() if key != "method"} for method, row in best.items()
    }


def _product(row: Mapping[str, Any]) -> float:
    return math.prod(float(row[str(at)]) for at in TENTHS)


if __name__ == "__main__":
    main()
