"""What the errors of a problem are held against: the best known, and a random configuration's at the end.

    python benchmarks/tables_scales.py

samples every problem and writes tables_scales.json, which is committed: 10,000 configurations of an LCBench
task (of seed 0), all that were recorded of the others. ``best`` is the least error at any epoch (of LCBench:
at AGES, and at every epoch of the 100 best of those); the benchmark lowers it to the least that any method
saw. ``median`` is the median error of the last epoch, where diverged ones count as knowing nothing. Regret is
(incumbent - best) / (median - best), from 0 to 1: a method that has seen nothing better than the median is no
better off than with one random full training.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tables_lcbench import Lcbench
from tables_problem import Table
from tables_suite import load, parts

PATH = Path(__file__).with_suffix(".json")
SAMPLE = 10_000
AGES = (10, 20, 30, 40, 52)
TOP = 100
AT_ONCE = 1_000
"""Configurations that are computed together, so that memory does not grow with the sample."""


@dataclass(frozen=True)
class Scale:
    """Errors in the problem's own unit."""

    best: float
    median: float

    def regret(self, incumbent: float, best_seen: float = math.inf) -> float:
        """Normalised regret, from 0 to 1; ``best_seen`` is the least that any method saw."""
        best = min(self.best, best_seen)
        return min(max((incumbent - best) / (self.median - best), 0.0), 1.0)


def scales() -> dict[str, Scale]:
    """By problem, as committed."""
    told: Mapping[str, Mapping[str, float]] = json.loads(PATH.read_text(encoding="utf-8"))
    return {name: Scale(each["best"], each["median"]) for name, each in told.items()}


def measure(table: Table, sample: int = SAMPLE) -> Scale:
    """The scale of one problem."""
    if isinstance(table, Lcbench):
        return _sampled(table, sample)
    errors = np.stack([table.curve(each)[:, 0] for each in table.problem.configurations])
    ends = np.where(np.isfinite(errors[:, -1]), errors[:, -1], table.problem.ceiling)
    return Scale(float(np.nanmin(errors)), float(np.median(ends)))


def _sampled(table: Lcbench, sample: int) -> Scale:
    rng = np.random.default_rng(0)
    drawn = [table.problem.draw(rng) for _ in range(sample)]
    parts = [drawn[place : place + AT_ONCE] for place in range(0, sample, AT_ONCE)]
    errors = np.concatenate([table.rows(part, AGES)[:, :, 0] for part in parts])
    top = [drawn[place] for place in np.argsort(errors.min(axis=1))[:TOP]]
    best = table.rows(top, range(1, table.problem.horizon + 1))[:, :, 0].min()
    return Scale(float(best), float(np.median(errors[:, -1])))


def main() -> None:
    """Measure every problem and write the file."""
    found = {name: measure(load(name)) for name in parts()}
    content = {name: {"best": scale.best, "median": scale.median} for name, scale in found.items()}
    PATH.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
