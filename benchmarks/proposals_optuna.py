"""Optuna's TPE after so many trials, for ``proposals.py``, which starts it: its defaults, no pruner.

    python benchmarks/proposals_optuna.py seven 1000 20

Imports no curvewise. The perceptrons' space has 20 hyperparameters in this place, none conditional.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Sequence
from functools import partial
from typing import Any

import optuna

import proposals_formula as formula
from proposals_formula import Clock

DIMENSIONS = {"seven": 7, "perceptron": 20}


def main(arguments: Sequence[str]) -> None:
    """Print the figures of one space and number of trials as JSON."""
    space, trials, questions = arguments[0], int(arguments[1]), int(arguments[2])
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    names = [f"x{place}" for place in range(DIMENSIONS[space])]
    ranges: dict[str, Any] = {name: optuna.distributions.FloatDistribution(0, 1) for name in names}
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=0))
    before, history, asking, telling = formula.resident_mb(), Clock(), Clock(), Clock()
    units, ages = formula.places(len(names), trials), formula.ages(trials)

    def tell() -> None:
        for unit, age in zip(units, ages, strict=True):
            value = min(1.0, formula.error(unit, age))
            params = dict(zip(names, unit.tolist(), strict=True))
            study.add_trial(optuna.create_trial(params=params, distributions=ranges, value=value))

    history.timed(tell)
    for _ in range(questions):
        asked = asking.timed(lambda: study.ask(ranges))
        telling.timed(partial(study.tell, asked, 0.5))
    (usual, slow), (wall, wall_slow) = map(formula.quantiles, (asking.processor, asking.wall))
    found = {
        "decide_ms": usual,
        "decide_p95_ms": slow,
        "wall_ms": wall,
        "wall_p95_ms": wall_slow,
        "see_ms": round(sum(telling.processor) / questions, 3),
        "history_ms": round(sum(history.processor) / trials, 3),
        "memory_mb": round(formula.resident_mb() - before, 1),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
