"""Races over functions whose effects are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from curvewise.records import Value
from curvewise.report.importance.evidence import Evidence
from curvewise.report.importance.placing import errors_by_place, merits_at, places

HORIZON = 27
WORDS = ("red", "green", "blue")

Unit = Mapping[str, float]
Effect = Callable[[Unit], float]
"""Error at the horizon of a configuration given by its places on the axes, 0 to 1."""


def race(effect: Effect, names: str, trials: int = 240, seed: int = 0, noise: float = 0.02) -> Evidence:
    """Half of the trials near the best so far, the worse part stopped at epochs 1, 3 and 9.

    Hyperparameters are named by one letter; a capital one takes ``WORDS``.
    """
    chance = np.random.default_rng(seed)
    units = np.zeros((trials, len(names)))
    curves: list[list[float]] = []
    drawn = np.ones(trials, dtype=bool)
    tables: dict[int, list[float]] = {1: [], 3: [], 9: []}
    for number in range(trials):
        grown = sorted((c[-1], n) for n, c in enumerate(curves) if len(c) > 3)[:16]
        near = len(grown) >= 4 and chance.random() < 0.5
        drawn[number] = not near
        unit = chance.random(len(names))
        if near:
            parent = units[grown[int(chance.integers(len(grown)))][1]]
            moved = np.clip(parent + 0.12 * chance.standard_normal(len(names)), 0, 0.999)
            unit = np.where(chance.random(len(names)) < 0.4, moved, parent)
        units[number] = unit
        end = effect(dict(zip(names, unit.tolist(), strict=True)))
        curve = [
            (end + 1 / epoch**2) * np.exp(noise * chance.standard_normal()) for epoch in range(1, HORIZON + 1)
        ]
        curves.append(_stopped(np.minimum.accumulate(curve).tolist(), tables))
    values = {name: _values(name, units[:, i]) for i, name in enumerate(names)}
    merits = merits_at([[(error, error) for error in curve] for curve in curves], HORIZON)
    place = places(merits)
    active = np.ones((trials, len(names)), dtype=bool)
    return Evidence.of(values, active, drawn, place, errors_by_place(place, merits))


def _stopped(curve: list[float], tables: dict[int, list[float]]) -> list[float]:
    for age, table in tables.items():
        table.append(curve[age - 1])
        if len(table) >= 6 and np.mean(np.array(table) < curve[age - 1]) >= 0.5:
            return curve[:age]
    return curve


def _values(name: str, places: np.ndarray) -> tuple[Value, ...]:
    if name.isupper():
        return tuple(WORDS[int(place * len(WORDS))] for place in places)
    return tuple((10 ** (4 * places - 4)).tolist())
