"""A trial's points as a run, so that a study's own curves are read like anybody's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from curvewise.curves.ledger import Ledger
from curvewise.curves.run import Quantity, Run, Series
from curvewise.records import Opened, Point, Trial, Value

NOISE_WINDOW = 5
"""Measurements whose parts are averaged before their ratio is taken: a single one, of 8 minibatches, is rough
(McCandlish et al. 2018, arXiv 1812.06162, appendix A.1, smooth both parts, too)."""

_EVERY_EPOCH: tuple[Quantity, ...] = (
    "train_loss",
    "valid_loss",
    "learning_rate",
    "gradient_norm",
    "update_ratio",
    "examples_per_second",
)


def run_of(trial: Trial, points: Sequence[Point], opened: Opened | None = None, source: str = "") -> Run:
    """The run of one trial, by epoch; ``points`` are in order, ``source`` is the study's folder.

    Losses are in nats, or squared error of the standardised target. Errors are taken over where they are
    shares of examples, in classifications only. ``dead_units`` is the share in the layer that has most of
    them: one dead layer stops what is below it. ``gradient_noise`` is in examples (equation 2.9 of
    McCandlish et al. 2018), each part averaged over the last 5 measurements, and left out where the
    gradient's square comes out negative.
    """
    pairs: dict[Quantity, list[tuple[int, float]]] = {
        name: [(p.epoch, value) for p in points if (value := getattr(p, name)) is not None]
        for name in _EVERY_EPOCH
    }
    if opened is not None and opened.task == "classification":
        pairs["train_error"] = [(p.epoch, p.train_error) for p in points]
        pairs["valid_error"] = [(p.epoch, p.valid_error) for p in points]
    pairs["dead_units"] = [(p.epoch, max(p.dead_units)) for p in points if p.dead_units]
    pairs["gradient_noise"] = _noise(points)
    return Run(
        name=f"trial {trial.number}",
        source=source,
        unit="epoch",
        series={name: _series(pair) for name, pair in pairs.items() if pair},
        settings=_settings(trial, opened),
    )


def runs_of(ledger: Ledger, source: str = "") -> list[Run]:
    """Every trial of a study that has a point, by number."""
    return [
        run_of(entry.trial, entry.curve.points, ledger.opened, source)
        for entry in ledger.entries.values()
        if entry.curve.age
    ]


def _series(pairs: Sequence[tuple[int, float]]) -> Series:
    at, values = np.asarray(pairs, dtype=np.float64).T
    return Series(at, values)


def _noise(points: Sequence[Point]) -> list[tuple[int, float]]:
    """tr(Sigma) / |G|^2 in examples, where it was measured."""
    measured = [
        (p.epoch, p.gradient_variance, p.gradient_power)
        for p in points
        if p.gradient_variance is not None and p.gradient_power is not None
    ]
    found: list[tuple[int, float]] = []
    for last in range(1, len(measured) + 1):
        window = measured[max(0, last - NOISE_WINDOW) : last]
        variance, power = (sum(each[part] for each in window) for part in (1, 2))
        if power > 0:
            found.append((window[-1][0], max(0.0, variance) / power))
    return found


def _settings(trial: Trial, opened: Opened | None) -> dict[str, Value]:
    """The configuration, the planned epochs, and what the study says of its data."""
    settings: dict[str, Value] = {**trial.configuration.values, "epochs": trial.horizon}
    if opened is not None:
        settings |= {f"{part}_rows": opened.rows[part] for part in ("train", "valid") if part in opened.rows}
        if opened.task == "classification":
            settings["classes"] = opened.outputs
    return settings
