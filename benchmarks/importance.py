"""How well what a race says of hyperparameters agrees with what they do: LCBench, where all can be computed.

``python benchmarks/importance.py --json`` races over four tasks that nothing was chosen on, half of the
trials near the best, the worse ones stopped at epochs 1, 3, 9 and 27, with three hyperparameters more that
do nothing. Compared with Shapley effects from dense sampling: ours, PED-ANOVA (Watanabe et al. 2023, arXiv
2304.10255), a forest's variances of means (as in fANOVA: Hutter et al. 2014), and epsilon squared, the peers
over the last errors seen. Needs onnxruntime, scikit-learn and the recorded tables (``CURVEWISE_DATA``).
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from curvewise.report.importance.decomposition import decompose
from curvewise.report.importance.evidence import Evidence
from curvewise.report.importance.importance import LEAST_SHARE, ODDS
from curvewise.report.importance.placing import errors_by_place, merits_at, places
from importance_peers import epsilon_squared, forest, ped_anova
from results_file import write
from tables_lcbench import Lcbench, tasks

Floats = NDArray[np.float64]

TASKS = slice(4, 8)
"""The first four were looked at while it was built."""
TRIALS = (60, 200, 800)
SEEDS = 2
HORIZON = 50
DENSE = 500
"""Configurations of the dense sample, each once per subset of hyperparameters."""
LAST = (25, 50)
"""Epochs of which a dense configuration's best error is taken."""
CULLS = ((1, 1 / 2), (3, 1 / 3), (9, 1 / 3), (27, 1 / 3))
"""Ages, and the shares that go on: as the race's."""
NOTHING = 3
"""Hyperparameters added that do nothing: two numbers and a word."""


@dataclass(frozen=True)
class Raced:
    """A race's trials: places on the axes (n, 7 + NOTHING), best errors after each epoch, whether drawn."""

    units: Floats
    curves: list[list[float]]
    drawn: NDArray[np.bool_]


def errors(task: Lcbench, units: Floats, epochs: Sequence[int]) -> Floats:
    """(n, epochs) percent wrong at places on the axes (n, 7), at least 0.1."""
    dimensions = task.problem.dimensions
    configurations = [
        {d.name: d.from_unit(u) for d, u in zip(dimensions, row, strict=True)} for row in units.tolist()
    ]
    return np.asarray(np.clip(task.rows(configurations, epochs)[:, :, 0], 0.1, 100.0))


def truth(task: Lcbench) -> Floats:
    """Shapley effects (7,) on the log error, what is worse than the middle counted as the middle."""
    count = len(task.problem.dimensions)
    chance = np.random.default_rng(0)
    first, second = chance.random((2, DENSE, count))

    def final(units: Floats) -> Floats:
        return np.asarray(np.log(errors(task, units, LAST).min(axis=1)))

    whole = final(first)
    cap = float(np.median(whole))
    whole = np.minimum(whole, cap) - np.minimum(whole, cap).mean()
    explained = {(): 0.0, tuple(range(count)): float(whole @ whole) / DENSE}
    for size in range(1, count):
        for subset in combinations(range(count), size):
            mixed = second.copy()
            mixed[:, subset] = first[:, subset]
            explained[subset] = max(0.0, float(whole @ np.minimum(final(mixed), cap)) / DENSE)
    effects = np.zeros(count)
    for subset, value in explained.items():
        for i in set(range(count)) - set(subset):
            joined = tuple(sorted((*subset, i)))
            size = len(subset)
            weight = math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)
            effects[i] += weight * (explained[joined] - value)
    return np.asarray(effects / effects.sum())


def race(task: Lcbench, trials: int, seed: int) -> Raced:
    """Half of the trials near the best that grew to nine epochs; seeds' noise of 3 % of the error."""
    chance = np.random.default_rng(seed)
    count = len(task.problem.dimensions) + NOTHING
    found = Raced(np.zeros((trials, count)), [], np.ones(trials, dtype=bool))
    tables: dict[int, list[float]] = {age: [] for age, _ in CULLS}
    for start in range(0, trials, 8):
        numbers = range(start, min(start + 8, trials))
        grown = sorted((curve[-1], n) for n, curve in enumerate(found.curves) if len(curve) >= 9)[:16]
        for number in numbers:
            near = len(grown) >= 8 and chance.random() < 0.5
            found.drawn[number] = not near
            found.units[number] = (
                _near(found.units[[n for _, n in grown]], chance) if near else chance.random(count)
            )
        seen = errors(task, found.units[numbers.start : numbers.stop, :-NOTHING], range(1, HORIZON + 1))
        noise = 0.03 * chance.standard_normal((len(seen), 1)) + 0.015 * chance.standard_normal(seen.shape)
        for curve in np.minimum.accumulate(seen * np.exp(noise), axis=1).tolist():
            found.curves.append(_culled(curve, tables))
    return found


def _near(elite: Floats, chance: np.random.Generator) -> Floats:
    weight = 1 / np.arange(1, len(elite) + 1)
    one, other = elite[chance.choice(len(elite), 2, p=weight / weight.sum())]
    unit = np.where(chance.random(len(one)) < 0.5, one, other) if chance.random() < 0.5 else one
    moved = np.clip(unit + 0.12 * chance.standard_normal(len(unit)), 0, 0.999)
    return np.asarray(np.where(chance.random(len(unit)) < 0.4, moved, unit))


def _culled(curve: list[float], tables: dict[int, list[float]]) -> list[float]:
    for age, kept in CULLS:
        table = tables[age]
        table.append(curve[age - 1])
        if len(table) >= 6 and np.mean(np.array(table) < curve[age - 1]) >= kept:
            return curve[:age]
    return curve


def evidence(task: Lcbench, raced: Raced) -> Evidence:
    """As a study's history would give it."""
    names = [each.name for each in task.problem.dimensions]
    values = {
        name: tuple(each.from_unit(u) for u in raced.units[:, i].tolist())
        for i, (name, each) in enumerate(zip(names, task.problem.dimensions, strict=True))
    }
    values |= {f"number {i}": tuple(raced.units[:, len(names) + i].tolist()) for i in range(NOTHING - 1)}
    values["word"] = tuple("abcd"[int(4 * u)] for u in raced.units[:, -1].tolist())
    merits = merits_at([[(error, error) for error in curve] for curve in raced.curves], HORIZON)
    place = places(merits)
    active = np.ones(raced.units.shape, dtype=bool)
    return Evidence.of(values, active, raced.drawn, place, errors_by_place(place, merits))


def ours(seen: Evidence) -> tuple[Floats, NDArray[np.bool_]]:
    """Shares (10,), and which are told."""
    apart = decompose(seen)
    shares = apart.shares(apart.fitted.coefficients)
    told = [apart.evidence(i) >= ODDS and shares[i] >= LEAST_SHARE for i in range(len(shares))]
    return shares, np.array(told)


PEERS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "PED-ANOVA": ped_anova,
    "forest": forest,
    "epsilon squared": epsilon_squared,
}


def measure() -> list[dict[str, object]]:
    """One row for each task, size, seed and method."""
    rows: list[dict[str, object]] = []
    for name in tasks()[TASKS]:
        task = Lcbench(name)
        true = truth(task)
        for trials in TRIALS:
            for seed in range(SEEDS):
                raced = race(task, trials, seed)
                seen = evidence(task, raced)
                last = np.array([curve[-1] for curve in raced.curves])
                started = time.process_time()
                shares, told = ours(seen)
                seconds = time.process_time() - started
                here: dict[str, object] = {"task": name, "trials": trials, "seed": seed}
                extra = {"told": told[:-NOTHING].mean(), "false": told[-NOTHING:].mean(), "seconds": seconds}
                rows.append({**here, "method": "curvewise", **compared(shares, true), **extra})
                rows += [
                    {**here, "method": peer, **compared(call(raced.units, np.log(last)), true)}
                    for peer, call in PEERS.items()
                ]
    return rows


def compared(shares: Floats, true: Floats) -> dict[str, float]:
    """Mean difference, percent of pairs in the right order, and the largest share of what does nothing."""
    real = shares[:-NOTHING]
    agree = [
        np.sign(real[i] - real[j]) * np.sign(true[i] - true[j]) for i, j in combinations(range(len(true)), 2)
    ]
    return {
        "off": 100 * float(np.abs(real / max(real.sum(), 1e-12) - true).mean()),
        "agree": 50 * (1 + float(np.mean(agree))),
        "first": 100 * float(real.argmax() == true.argmax()),
        "nothing": 100 * float(shares[-NOTHING:].max() / max(shares.sum(), 1e-12)),
    }


def summary(rows: Sequence[dict[str, object]]) -> dict[str, dict[str, float]]:
    """Means over tasks and seeds, by method and number of trials."""
    found: dict[str, dict[str, float]] = {}
    for method in ("curvewise", *PEERS):
        for trials in TRIALS:
            here = [row for row in rows if row["method"] == method and row["trials"] == trials]
            keys = [key for key in here[0] if key not in ("task", "trials", "seed", "method")]
            means = {key: float(np.mean([float(str(row[key])) for row in here])) for key in keys}
            found[f"{method}, {trials} trials"] = {
                key: round(100 * mean if key in ("told", "false") else mean, 3) for key, mean in means.items()
            }
    return found


def main() -> None:
    """Measure, print, and with ``--json`` keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="write benchmarks/results/importance.json")
    keep = parser.parse_args().json
    rows = measure()
    found = summary(rows)
    for name, means in found.items():
        print(f"{name:32s}", "  ".join(f"{key} {mean:.2f}" for key, mean in means.items()))
    if keep:
        write("importance", "python benchmarks/importance.py --json", found, rows)


if __name__ == "__main__":
    main()
