"""Made-up runs and what was found in them: for everything that shows a diagnosis."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from curvewise.curves.run import Quantity, Run, Series
from curvewise.records import Diagnosis, Finding, Value


def run(
    losses: Sequence[float],
    valid: Sequence[float] | None = None,
    settings: dict[str, Value] | None = None,
    name: str = "metrics.csv",
    source: str = "runs/a/metrics.csv",
) -> Run:
    """By epoch from 1."""
    series: dict[Quantity, Series] = {"train_loss": by_epoch(losses)}
    if valid is not None:
        series["valid_loss"] = by_epoch(valid)
    return Run(
        name, source, "epoch", series, settings or {}, ("column 'loss' was taken for the training loss",)
    )


def by_epoch(values: Sequence[float]) -> Series:
    return Series(np.arange(1.0, len(values) + 1), np.asarray(values, dtype=np.float64))


def overfitting(length: int = 40) -> Run:
    """Training loss falls, validation loss turns up at a third."""
    epochs = range(length)
    train = [1.2 * math.exp(-8 * epoch / length) + 0.01 for epoch in epochs]
    valid = [
        0.9 * math.exp(-8 * epoch / length) + 0.25 + 0.5 * max(0, epoch / length - 0.3) for epoch in epochs
    ]
    return run(train, valid, {"dropout": 0.1})


def finding(
    sign: str = "overfitting",
    hyperparameter: str | None = "dropout",
    factor: float | None = 2.0,
    span: tuple[float, float] = (15.0, 40.0),
) -> Finding:
    return Finding(
        sign=sign,
        trial=None,
        span=span,
        evidence={"rise": 1.5, "ratio": math.inf},
        confidence=0.93,
        hyperparameter=hyperparameter,
        direction="raise" if factor is None or factor > 1 else "lower",
        factor=factor,
        reason="the validation loss rose while the training loss fell: the network learns its rows by heart",
        source="Prechelt 1998, section 2",
    )


def problem(of: Run, *findings: Finding) -> Diagnosis:
    return Diagnosis(of.name, of.source, of.points, "problem", findings or (finding(),), (), of.notes)
