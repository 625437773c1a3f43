"""The article's four pictures of a learning rate as real curves, trained, diagnosed and drawn.

A perceptron with the space's defaults learns scikit-learn's digits by stochastic gradient descent, with one
constant rate as in the article. Rates are chosen by rule, from a grid of two to a decade, by other seeds
than those shown:

1. good: the rate of least median last validation loss;
2. too low: a hundredth of it;
3. zig-zag, and good all the same: the largest rate whose every curve still ends below ``LEARNED`` of chance;
4. too high: a hundred times the good rate.

    python benchmarks/four_pictures.py --json [--seeds 10] && python benchmarks/four_pictures_figure.py
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

import results_file
from curvewise.cohort.cohort import Cohort
from curvewise.curves.of_trial import run_of
from curvewise.curves.run import Quantity, Run, Series
from curvewise.data.opening import open_data
from curvewise.data.prepare import PreparedTable, prepare
from curvewise.data.table import Table
from curvewise.diagnosis.diagnose import diagnose
from curvewise.records import Diagnosis, Point, Trial, Value
from curvewise.report.advice import advice
from curvewise.tuning import default_space

EPOCHS = 20
CHANGES: dict[str, Value] = {"optimizer": "sgd", "decay": "constant", "minibatch": 32}
"""Against the space's defaults: gradient descent as the article has it, with its good minibatch."""

GRID = tuple(float(f"{10 ** (k / 2):.1g}") for k in range(-5, 4))
"""0.003 to 30, two rates to a decade."""

TUNED_BY = (1000, 1001, 1002)
"""Seeds that choose the rates; the pictures have 0, 1, 2, ..."""

LEARNED = 0.25
"""Share of the loss of guessing below which a curve has to end to count as falling."""

PICTURES = ("steps down", "tiny steps", "zig-zag, and falling", "climbing")
EXPECTED = ("good", "too low", "good", "too high")
"""What the article says of each."""


@dataclass(frozen=True)
class Curve:
    """One training, and what was read off it."""

    picture: int
    seed: int
    rate: float
    run: Run
    diagnosis: Diagnosis
    alone: Diagnosis
    """The same of the two losses alone, with neither the error nor the number of classes."""


def digits() -> PreparedTable:
    """The digits, split and standardised as in a study with seed 0."""
    table = open_data("digits", None)
    assert isinstance(table, Table)
    return prepare(table, seed=0)


def train(
    prepared: PreparedTable, rates: Sequence[float], seeds: Sequence[int]
) -> list[tuple[Trial, list[Point]]]:
    """Every rate with its seed, for ``EPOCHS`` epochs or until it leaves the numbers."""
    base = default_space(prepared).default().replace(CHANGES)
    trials = [
        Trial(number, base.replace({"learning_rate": rate}), seed, EPOCHS, "default")
        for number, (rate, seed) in enumerate(zip(rates, seeds, strict=True))
    ]
    cohort = Cohort(prepared.split, 1, deterministic=True)
    cohort.start(trials)
    points: dict[int, list[Point]] = {trial.number: [] for trial in trials}
    for _ in range(EPOCHS):
        alive = [number for number, seen in points.items() if not seen or not seen[-1].diverged]
        for point in cohort.advance(alive):
            points[point.trial].append(point)
    cohort.close()
    return [(trial, points[trial.number]) for trial in trials]


def chosen_rates(prepared: PreparedTable) -> tuple[float, float, float, float]:
    """The rate of each picture, by the rules above."""
    rates = [rate for rate in GRID for _ in TUNED_BY]
    ends: dict[float, list[float]] = {}
    for trial, points in train(prepared, rates, TUNED_BY * len(GRID)):
        ends.setdefault(trial.configuration.number("learning_rate"), []).append(points[-1].valid_loss)
    good = min(ends, key=lambda rate: statistics.median(ends[rate]))
    guessing = math.log(prepared.split("plain").outputs)
    edge = max(rate for rate, found in ends.items() if max(found) < LEARNED * guessing)
    return good, good / 100, edge, 100 * good


def curves(prepared: PreparedTable, rates: Sequence[float], seeds: int) -> list[Curve]:
    """Every picture with every seed, diagnosed as ``curvewise show`` does, and by its losses alone."""
    pairs = [(picture, seed) for picture in range(len(rates)) for seed in range(seeds)]
    trained = train(prepared, [rates[picture] for picture, _ in pairs], [seed for _, seed in pairs])
    found = []
    for (picture, seed), (trial, points) in zip(pairs, trained, strict=True):
        run = with_errors(run_of(trial, points), points, prepared)
        found.append(Curve(picture, seed, rates[picture], run, diagnose(run), diagnose(losses_of(run))))
    return found


def with_errors(run: Run, points: Sequence[Point], prepared: PreparedTable) -> Run:
    """The run with the shares of examples that are wrong, and with what a study knows of its data."""
    split = prepared.split("plain")
    at = np.array([float(point.epoch) for point in points])
    errors: dict[Quantity, Series] = {
        "train_error": Series(at, np.array([point.train_error for point in points])),
        "valid_error": Series(at, np.array([point.valid_error for point in points])),
    }
    known = {"train_rows": split.train.rows, "valid_rows": split.valid.rows, "classes": split.outputs}
    return replace(run, series={**run.series, **errors}, settings={**run.settings, **known})


def losses_of(run: Run) -> Run:
    """What a log of the two losses would have of it."""
    losses: tuple[Quantity, ...] = ("train_loss", "valid_loss")
    return replace(run, series={name: run.series[name] for name in losses}, settings={})


def verdict(diagnosis: Diagnosis) -> str:
    """A diagnosis in the article's words: good, too low, too high; anything else as it is."""
    if diagnosis.verdict == "healthy":
        return "good"
    first = diagnosis.findings[0] if diagnosis.findings else None
    if diagnosis.verdict == "problem" and first is not None and first.hyperparameter == "learning_rate":
        return {"raise": "too low", "lower": "too high"}.get(first.direction, first.sign)
    return first.sign if first is not None else diagnosis.verdict


def row(curve: Curve) -> dict[str, object]:
    """One training as the result has it."""
    first = curve.diagnosis.findings[0] if curve.diagnosis.findings else None
    return {
        "picture": curve.picture + 1,
        "seed": curve.seed,
        "learning_rate": curve.rate,
        "verdict": verdict(curve.diagnosis),
        "by_losses_alone": verdict(curve.alone),
        "sign": first.sign if first else "",
        "reason": first.reason if first else "",
        "advice": advice(first, curve.run) if first else "",
        "train_loss": [_short(value) for value in curve.run.series["train_loss"].values],
        "valid_loss": [_short(value) for value in curve.run.series["valid_loss"].values],
    }


def _short(value: float) -> float | None:
    return float(f"{value:.4g}") if math.isfinite(value) else None


def summarise(rows: Sequence[dict[str, object]]) -> dict[str, dict[str, object]]:
    """By picture: its rate, what the article says, and how often the verdict is that."""
    summary: dict[str, dict[str, object]] = {}
    for number, (name, expected) in enumerate(zip(PICTURES, EXPECTED, strict=True), start=1):
        those = [each for each in rows if each["picture"] == number]
        summary[name] = {
            "learning_rate": those[0]["learning_rate"],
            "expected": expected,
            "as_expected": sum(each["verdict"] == expected for each in those),
            "by_losses_alone": sum(each["by_losses_alone"] == expected for each in those),
            "curves": len(those),
            "signs": sorted({str(each["sign"]) for each in those}),
        }
    return summary


def main() -> None:
    """Train, diagnose, print and write the result."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    options = parser.parse_args()
    prepared = digits()
    rows = [row(curve) for curve in curves(prepared, chosen_rates(prepared), options.seeds)]
    summary = summarise(rows)
    command = f"python benchmarks/four_pictures.py --seeds {options.seeds}"
    results_file.write("four-pictures", command, summary, rows)
    if options.json:
        json.dump(summary, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
