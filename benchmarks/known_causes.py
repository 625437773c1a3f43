"""Curves with a known cause: real trainings, one hyperparameter wrong at a time, and healthy ones tuned.

Healthy: the space's defaults in several schedules, optimizers and minibatches, each at its best learning
rate. A cause changes one thing of the first of them. It is kept on a table only where it does harm there:
where the median of its last validation losses over the seeds is 5 % above the healthy ones' worst.
diagnosis_causes.py and published_cases.py read them.
"""

from __future__ import annotations

import csv
import math
import os
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from curvewise.cohort.cohort import Cohort
from curvewise.curves.of_trial import run_of
from curvewise.curves.run import Run, Series
from curvewise.data.examples import Split, TableRows
from curvewise.data.opening import open_data
from curvewise.data.prepare import PreparedTable, prepare
from curvewise.data.table import Table
from curvewise.records import Configuration, Point, Trial, Value
from curvewise.tuning import default_space

EPOCHS = 30
RATES = (0.1, 0.3, 1.0, 3.0, 10.0)
"""Times the usual rate of the optimizer, tried with two seeds for every healthy arm and table; where the best
is at an end, thirds and triples beyond it are tried as well."""
BEYOND = 4
"""Further rates at most."""
USUAL = {"adamw": 0.003, "momentum": 0.03, "sgd": 0.1}
LOOKED_AT = ("digits", "waveform_21", "concrete")
"""Thresholds were chosen looking at their curves (and at those of six more, with fewer seeds)."""
HELD_OUT = ("letter", "phoneme", "503_wind")
"""Chosen before any of their curves was seen."""
MOST_ROWS = 2000
HARM = 1.05
"""Times the healthy runs' worst last validation loss, from which on a cause has done harm."""


@dataclass(frozen=True)
class Cause:
    """One thing that is wrong, and the names under which a diagnosis may give it."""

    name: str
    changes: Mapping[str, Value] = field(default_factory=dict)
    rate_factor: float = 1.0
    rows_share: float = 1.0
    """Share of the training rows that are left."""
    shuffled: bool = False
    epochs: int = EPOCHS
    decay_after: int = 0
    """Epoch after which the rate falls to a hundredth; 0: never."""
    rights: frozenset[str] = frozenset()
    """Hyperparameters that are the true one, by the diagnosis's names; empty: none can be named."""


HEALTHY: dict[str, dict[str, Value]] = {
    "linear": {"decay": "linear", "optimizer": "adamw"},
    "cosine": {"decay": "cosine", "optimizer": "momentum"},
    "wsd": {"decay": "wsd", "optimizer": "adamw"},
    "constant": {"decay": "constant", "optimizer": "sgd"},
    "step": {"decay": "step", "optimizer": "momentum"},
    "small minibatch": {"decay": "linear", "optimizer": "momentum", "minibatch": 8},
    "dropout": {"decay": "linear", "optimizer": "adamw", "dropout": 0.2},
}

RATE, DECAY, BATCH = "learning_rate", "decay", "minibatch"
CAUSES = (
    Cause("rate x 100", rate_factor=100, rights=frozenset({RATE})),
    Cause("rate / 100", rate_factor=0.01, rights=frozenset({RATE})),
    Cause("rate x 10", rate_factor=10, rights=frozenset({RATE})),
    Cause("minibatch 1", {"minibatch": 1}, rights=frozenset({BATCH})),
    Cause("minibatch of all", {"minibatch": 1 << 20}, rights=frozenset({BATCH})),
    Cause("2 units", {"units": 2, "layers": 2, "first_ratio": 1.0}, rights=frozenset({"units"})),
    Cause(
        "wide, few rows",
        {"units": 512, "dropout": 0.0, "weight_decay": 0.0, "decay": "constant"},
        rows_share=0.1,
        epochs=100,
        rights=frozenset({"weight_decay", "dropout", "units", "epochs"}),
    ),
    Cause("dropout 0.9", {"dropout": 0.9}, rights=frozenset({"dropout"})),
    Cause("weight decay", {"weight_decay": 30.0}, rights=frozenset({"weight_decay"})),
    Cause("raw inputs", {"encoding": "raw"}, rights=frozenset({"encoding"})),
    Cause("initial weights x 30", {"initial_scale": 30.0}, rights=frozenset({"initialisation"})),
    Cause(
        "initial weights / 1000", {"initial_scale": 1e-3, "layers": 4}, rights=frozenset({"initialisation"})
    ),
    Cause("deep sigmoid", {"activation": "sigmoid", "layers": 6}, rights=frozenset({"activation", "layers"})),
    Cause("few epochs", epochs=6, rights=frozenset({"epochs"})),
    Cause("decayed early", {"decay": "constant"}, decay_after=3, rights=frozenset({DECAY})),
    Cause("shuffled labels", shuffled=True, epochs=60, rights=frozenset()),
)


@dataclass(frozen=True)
class Labelled:
    """A run with what is known of it."""

    table: str
    cause: str
    """Empty where it is healthy."""
    arm: str
    seed: int
    run: Run
    end: float
    """Its last validation loss, infinite where it diverged."""


def prepared_table(name: str) -> PreparedTable:
    """A table of the development data by its name; exits with a message where there are none."""
    folder = Path(os.environ.get("CURVEWISE_DATA", "../shared/data")) / "tabular"
    if not (folder / "index.csv").exists():
        sys.exit(f"there is no {folder}/index.csv: point CURVEWISE_DATA at the development data")
    with (folder / "index.csv").open(encoding="utf-8") as file:
        index = {row["name"]: row for row in csv.DictReader(file)}
    row = index.get(name)
    table = open_data(str(folder / row["file"]), row["target"]) if row else open_data(name, None)
    assert isinstance(table, Table)
    return prepare(table, seed=0)


def split_for(prepared: PreparedTable, cause: Cause, encoding: str) -> Split:
    """The table's rows as the cause has them."""
    split = prepared.split(encoding)
    train = split.train
    assert isinstance(train, TableRows)
    rows = max(20, int(min(train.rows, MOST_ROWS) * cause.rows_share))
    train = _rows(train, np.random.default_rng(1).permutation(train.rows)[:rows])
    if cause.shuffled:
        order = np.random.default_rng(0).permutation(train.rows)
        train = TableRows(train.numbers, train.categories, _rows(train, order).targets)
    return replace(split, train=train)


def _rows(examples: TableRows, numbers: Any) -> TableRows:
    parts: list[Any] = [
        np.ascontiguousarray(part[numbers])
        for part in (examples.numbers, examples.categories, examples.targets)
    ]
    return TableRows(*parts)


def trained(
    prepared: PreparedTable, cause: Cause, configurations: Sequence[Configuration], seeds: Sequence[int]
) -> list[tuple[Trial, list[Point]]]:
    """Every configuration with its seed, trained for the cause's epochs."""
    cohort = Cohort(lambda encoding: split_for(prepared, cause, encoding), 1, deterministic=True)
    pairs = zip(configurations, seeds, strict=True)
    trials = [Trial(i, c, seed, cause.epochs, "default") for i, (c, seed) in enumerate(pairs)]
    points: dict[int, list[Point]] = {trial.number: [] for trial in trials}
    cohort.start(trials)
    names = {trial.number: trial.number for trial in trials}
    for epoch in range(cause.epochs):
        if cause.decay_after and epoch == cause.decay_after:
            for trial in trials:
                rate = trial.configuration.number(RATE) / 100
                child = replace_number(trial, len(trials) + trial.number)
                cohort.fork(names[trial.number], child, {RATE: rate})
                names[trial.number] = child.number
        alive = [n for n in points if not points[n] or not points[n][-1].diverged]
        back = {names[n]: n for n in alive}
        for point in cohort.advance([names[n] for n in alive]):
            points[back[point.trial]].append(point)
    cohort.close()
    return [(trial, points[trial.number]) for trial in trials]


def replace_number(trial: Trial, number: int) -> Trial:
    """The same trial under another number."""
    return Trial(number, trial.configuration, trial.seed, trial.horizon, "fork", trial.number)


def tuned(prepared: PreparedTable, changes: Mapping[str, Value]) -> Configuration:
    """The defaults with ``changes`` at the learning rate of least median last validation loss."""
    base = default_space(prepared).default().replace(changes)
    usual = USUAL[base.word("optimizer")]
    ends: dict[float, float] = {}
    wanted = [usual * factor for factor in RATES]
    for _ in range(BEYOND + 1):
        ends |= ends_at(prepared, base, wanted)
        best = min(ends, key=lambda rate: ends[rate])
        if min(ends) < best < max(ends):
            break
        wanted = [best / 3 if best == min(ends) else best * 3]
    return base.replace({RATE: best})


def ends_at(prepared: PreparedTable, base: Configuration, rates: Sequence[float]) -> dict[float, float]:
    """Median last validation loss of two seeds at every rate."""
    tries = [base.replace({RATE: rate}) for rate in rates for _ in range(2)]
    ends: dict[float, list[float]] = {}
    for trial, points in trained(prepared, Cause(""), tries, [100, 101] * len(rates)):
        ends.setdefault(trial.configuration.number(RATE), []).append(end_of(points))
    return {rate: statistics.median(found) for rate, found in ends.items()}


def end_of(points: Sequence[Point]) -> float:
    """The last validation loss; infinite where it is no number."""
    last = points[-1].valid_loss if points else math.inf
    return last if math.isfinite(last) else math.inf


def as_run(trial: Trial, points: Sequence[Point], split: Split) -> Run:
    """The run as ``curvewise`` reads its own trials, with errors where they are shares of examples."""
    run = run_of(trial, points)
    series, settings = dict(run.series), dict(run.settings)
    if split.task == "classification":
        at = np.array([float(p.epoch) for p in points])
        series["train_error"] = Series(at, np.array([p.train_error for p in points]))
        series["valid_error"] = Series(at, np.array([p.valid_error for p in points]))
        settings["classes"] = split.outputs
    settings |= {"train_rows": split.train.rows, "valid_rows": split.valid.rows}
    return replace(run, series=series, settings=settings)


def generated(table: str, seeds: int) -> list[Labelled]:
    """Every healthy arm and every cause that does harm on a table, ``seeds`` times."""
    prepared = prepared_table(table)
    base: Configuration | None = None
    healthy: list[Labelled] = []
    for arm, changes in HEALTHY.items():
        configuration = tuned(prepared, changes)
        base = base or configuration
        healthy += labelled(prepared, table, Cause(""), arm, configuration, seeds)
    found = list(healthy)
    worst = max(each.end for each in healthy if each.arm == next(iter(HEALTHY)))
    assert base is not None
    for cause in CAUSES:
        configuration = base.replace({**cause.changes, RATE: base.number(RATE) * cause.rate_factor})
        faulty = labelled(prepared, table, cause, cause.name, configuration, seeds)
        if statistics.median(each.end for each in faulty) > HARM * worst:
            found += faulty
    return found


def labelled(
    prepared: PreparedTable, table: str, cause: Cause, arm: str, configuration: Configuration, seeds: int
) -> list[Labelled]:
    """One arm with each seed."""
    split = split_for(prepared, cause, configuration.word("encoding"))
    return [
        Labelled(table, cause.name, arm, trial.seed, as_run(trial, points, split), end_of(points))
        for trial, points in trained(prepared, cause, [configuration] * seeds, range(seeds))
    ]
