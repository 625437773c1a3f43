"""What a study's trials say of hyperparameters: values, and scores that can be compared."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from curvewise.curves.ledger import Entry, Ledger
from curvewise.records import Value
from curvewise.report.importance.axes import Axis, coded
from curvewise.report.importance.placing import errors_by_place, merits_at, places
from curvewise.space.space import Space

LEFT_OUT = ("suspect", "finalist", "fork")
"""Trials of another horizon, repetitions of what was best by then, and trials that began as another."""

DRAWN = ("default", "prior", "sobol")
"""Trials that the space proposed, whatever had gone well before."""

LOST = (math.inf, math.inf)
"""Error and loss of what diverged."""

ENOUGH_DRAWN = 12
"""With fewer of them every trial says what is usual."""

LUCK = 0.05
"""Share of the trials, the best, among which places are mostly luck."""


MOST = 2000
"""Trials whose values are looked at: shares are sure to a percent or two by then, and more take time."""


@dataclass(frozen=True)
class Evidence:
    """One row per trial, one column per hyperparameter that was varied."""

    names: tuple[str, ...]
    values: tuple[tuple[Value, ...], ...]
    """Of each hyperparameter, the value in each trial."""
    active: NDArray[np.bool_]
    """(n, d): it changes that trial's training."""
    drawn: NDArray[np.bool_]
    """(n,): not proposed for what other trials had shown."""
    axes: tuple[Axis, ...]
    columns: tuple[NDArray[np.float64], ...]
    """(n, k) of each hyperparameter; 0 where it is not active."""
    scores: NDArray[np.float64]
    """(n,) of each trial's place, see ``score``."""
    errors: tuple[NDArray[np.float64], NDArray[np.float64]]
    """Such scores in rising order (m,), and the validation errors (m,) to expect there."""

    @classmethod
    def of(
        cls,
        values: Mapping[str, Sequence[Value]],
        active: NDArray[np.bool_],
        drawn: NDArray[np.bool_],
        place: NDArray[np.float64],
        errors: tuple[NDArray[np.float64], NDArray[np.float64]],
    ) -> Evidence:
        """From values by name, the places of ``places`` (n,), and what ``errors_by_place`` says."""
        if drawn.sum() < ENOUGH_DRAWN:
            drawn = np.ones_like(drawn)
        axes = tuple(_axis(name, each, active[:, i], drawn) for i, (name, each) in enumerate(values.items()))
        columns = tuple(
            axis.columns(coded(each, axis.levels)) * active[:, i, None]
            for i, (axis, each) in enumerate(zip(axes, values.values(), strict=True))
        )
        every = tuple(tuple(each) for each in values.values())
        priced = (score(errors[0]), errors[1])
        return cls(tuple(values), every, active, drawn, axes, columns, score(place), priced)


def score(place: NDArray[np.float64]) -> NDArray[np.float64]:
    """log(q + 0.05) of the share q of all trials that is better.

    Factors of q count alike, since tuning is about the best few; among the best twentieth luck rules.
    """
    return np.log(place + LUCK)


def evidence_of(ledger: Ledger) -> Evidence | None:
    """Of the trials of the race that share its usual horizon, whatever ended them; None without any.

    Nor is there any of the article's policy: whoever changes one thing at a time compares little else.
    All of them say what place each has; of more than ``MOST`` every second, third, ... is looked at.
    """
    entries = _comparable(ledger)
    if not entries or (ledger.opened is not None and ledger.opened.policy != "race"):
        return None
    merits = merits_at([_series(entry) for entry in entries], max(1, entries[0].trial.horizon))
    place = places(merits)
    every = -(-len(entries) // MOST)
    entries = entries[::every]
    space = Space.described(ledger.opened.space if ledger.opened else {})
    configurations = [entry.trial.configuration.values for entry in entries]
    names = [name for name in configurations[0] if len({each[name] for each in configurations}) > 1]
    return Evidence.of(
        {name: tuple(each[name] for each in configurations) for name in names},
        _active(names, configurations, space),
        np.array([entry.trial.origin in DRAWN for entry in entries], dtype=bool),
        place[::every],
        errors_by_place(place, merits),
    )


@dataclass(frozen=True)
class Isolated:
    """The race's trials seen along one hyperparameter."""

    values: tuple[Value, ...]
    """In the trials where it is active."""
    errors: NDArray[np.float64]
    """(n,) best validation errors, at whatever age."""
    ages: NDArray[np.float64]
    """(n,) epochs."""
    level: float
    """Error of the fifth best of a hundred: where a figure counts costs from."""


def isolated(ledger: Ledger, name: str) -> Isolated:
    """Of hyperparameter ``name``, which configurations have."""
    space = Space.described(ledger.opened.space if ledger.opened else {})
    entries = _comparable(ledger)
    active = _active([name], [entry.trial.configuration.values for entry in entries], space)[:, 0].tolist()
    kept = [entry for entry, inside in zip(entries, active, strict=True) if inside]
    errors = np.array([_series(entry)[-1][0] for entry in kept])
    return Isolated(
        values=tuple(entry.trial.configuration[name] for entry in kept),
        errors=errors,
        ages=np.array([entry.curve.age for entry in kept], dtype=np.float64),
        level=float(np.quantile(errors, 0.05)),
    )


def _comparable(ledger: Ledger) -> list[Entry]:
    entries = [
        entry
        for entry in ledger.entries.values()
        if entry.trial.origin not in LEFT_OUT and entry.status != "failed" and entry.curve.age > 0
    ]
    horizons = Counter(entry.trial.horizon for entry in entries)
    usual = horizons.most_common(1)[0][0] if horizons else 0
    return [entry for entry in entries if entry.trial.horizon == usual]


def _axis(name: str, values: Sequence[Value], active: NDArray[np.bool_], drawn: NDArray[np.bool_]) -> Axis:
    """Over the trials that were drawn and where it is active; over more where these say nothing."""
    for rows in (active & drawn, active):
        usual = [value for value, inside in zip(values, rows.tolist(), strict=True) if inside]
        if len(set(usual)) > 1:
            return Axis.of(name, usual)
    return Axis.of(name, values)


def _series(entry: Entry) -> list[tuple[float, float]]:
    """Best error and its loss after each epoch; one that ended by itself stays where it was.

    One that diverged is the worst from the first epoch on: how well it began is worth nothing.
    """
    points = entry.curve.points
    if points[-1].diverged:
        return [LOST]
    merits = ((point.valid_error, point.valid_loss) for point in points)
    found = list(accumulate(merits, min))
    left = entry.trial.horizon - len(found)
    return found + found[-1:] * left if entry.status == "finished" else found


def _active(
    names: Sequence[str], configurations: Sequence[Mapping[str, Value]], space: Space
) -> NDArray[np.bool_]:
    """(n, d): a condition is looked at once for each value of what it asks for."""
    found = np.ones((len(configurations), len(names)), dtype=bool)
    for column, name in enumerate(names):
        asked = name
        while asked in space and (needs := space[asked].needs) is not None:
            values = [each[needs.name] for each in configurations]
            met = {value: needs.met({needs.name: value}) for value in set(values)}
            found[:, column] &= np.array([met[value] for value in values])
            asked = needs.name
    return found
