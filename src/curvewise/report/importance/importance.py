"""What mattered: every hyperparameter that a study varied, and what it did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from curvewise.curves.ledger import Ledger
from curvewise.records import Value
from curvewise.report.answer import answer
from curvewise.report.importance.axes import Axis, coded, is_numeric, ordered
from curvewise.report.importance.decomposition import Decomposition, decompose
from curvewise.report.importance.evidence import Evidence, evidence_of
from curvewise.report.importance.sentences import sentence
from curvewise.space.hyperparameter import Condition
from curvewise.space.space import Space

LEAST_TRIALS = 16
"""Trials in which a hyperparameter is active, below which nothing is said of it."""

ODDS = 2.0
"""Log odds, in nats, from which an effect is told: about 7 to 1. How many that do nothing come so far is in
docs/evidence.md, section 15."""

LEAST_SHARE = 0.02
"""Share below which an effect is not told, however sure."""

STEPS = 15
"""Values of a number at which its cost is computed."""

ENDS = (0.05, 0.95)
"""Quantiles of the values tried between which costs are computed: beyond there are too few trials."""

EDGE = 0.03
"""Share of the values tried, at each end, that counts as its edge."""

INTERVAL = (0.05, 0.95)
NORMAL = 1.645
"""The same in standard deviations of a normal distribution."""

LEAST_COST = 1e-3
"""Share of the error that a cost is at least where it can be told from none."""


class Cost(msgspec.Struct, frozen=True):
    """What a value costs against the best one, the rest as in the best trials."""

    value: Value
    error: float
    """In the metric's unit (a share, or RMSE, or nats); at least so much where ``capped``."""
    low: float
    high: float
    """90 % interval, by a bootstrap over trials."""
    capped: bool
    """It ends in the worse half, where nothing is told apart."""


class Importance(msgspec.Struct, frozen=True):
    """One hyperparameter in one study."""

    hyperparameter: str
    best: Value | None
    """Its value in the answer; null where it changes nothing there, and while there is none."""
    tried: list[Value]
    """Lowest and highest number, or all words."""
    trials: int
    """Of the race, in which it changes something."""
    condition: str
    """Where that is; empty: everywhere."""
    share: float | None
    """Of what hyperparameters make of a trial's place, among trials in which it is active; null: too few."""
    share_low: float | None
    share_high: float | None
    """90 % interval, by a bootstrap over trials."""
    told: bool
    """Its effect can be told from none."""
    good: list[Value]
    """Values that cost nothing that could be told: from the first to the last number, or all such words."""
    costs: list[Cost]
    partner: str
    """What it has an effect together with, where that can be told; else empty."""
    edge: Literal["", "lowest", "highest"]
    """Where the best value lies at that end of what was tried, and the hyperparameter matters."""
    sentence: str


def importances(ledger: Ledger) -> list[Importance]:
    """The strongest first; those of which too little is known come last. Empty before the race has begun."""
    seen = evidence_of(ledger)
    if seen is None or not seen.names:
        return []
    apart = decompose(seen) if len(seen.scores) >= LEAST_TRIALS else None
    context = _Context.of(ledger, seen, apart)
    found = [_importance(context, i) for i in range(len(seen.names))]
    return sorted(found, key=lambda each: (not each.told, -(each.share or 0.0), each.hyperparameter))


@dataclass(frozen=True)
class _Context:
    """What all hyperparameters share."""

    seen: Evidence
    apart: Decomposition | None
    shares: NDArray[np.float64]
    """(1 + R, d): as fitted, then the replicates."""
    task: str
    won: dict[str, Value]
    conditions: dict[str, Condition | None]

    @classmethod
    def of(cls, ledger: Ledger, seen: Evidence, apart: Decomposition | None) -> _Context:
        space = Space.described(ledger.opened.space if ledger.opened else {})
        found = answer(ledger)
        active = space.active(found.configuration) if found else set()
        values = found.configuration.values if found else {}
        return cls(
            seen=seen,
            apart=apart,
            shares=apart.shares(_every(apart)) if apart else np.zeros((1, len(seen.names))),
            task=ledger.opened.task if ledger.opened else "",
            won={n: value for n, value in values.items() if n in active or n not in space},
            conditions={name: space[name].needs if name in space else None for name in seen.names},
        )


def _every(apart: Decomposition) -> NDArray[np.float64]:
    """(1 + R, p)."""
    return np.concatenate([apart.fitted.coefficients[None], apart.fitted.replicates])


def _importance(context: _Context, i: int) -> Importance:
    seen, apart = context.seen, context.apart
    name, condition = seen.names[i], context.conditions[seen.names[i]]
    active = seen.active[:, i]
    values = [v for v, inside in zip(seen.values[i], active.tolist(), strict=True) if inside]
    tried = ordered(set(values))
    numeric = is_numeric(tried)
    if apart is None or len(values) < LEAST_TRIALS or len(tried) < 2:
        effect = _Effect()
    else:
        effect = _effect(context, apart, i, values)
    best = context.won.get(name)
    unsaid = Importance(
        hyperparameter=name,
        best=best,
        tried=[tried[0], tried[-1]] if numeric and len(tried) > 2 else list(tried),
        trials=len(values),
        condition=str(condition or ""),
        share=effect.share,
        share_low=effect.low,
        share_high=effect.high,
        told=effect.told,
        good=_good(effect.costs, numeric) if effect.told else [],
        costs=effect.costs,
        partner=effect.partner,
        edge=_edge(best, values) if effect.told and numeric and len(tried) > 2 else "",
        sentence="",
    )
    return msgspec.structs.replace(unsaid, sentence=sentence(unsaid, context.task))


@dataclass(frozen=True)
class _Effect:
    """What the trials say of one hyperparameter; as it is, nothing."""

    share: float | None = None
    low: float | None = None
    high: float | None = None
    told: bool = False
    partner: str = ""
    costs: list[Cost] = field(default_factory=list)


def _effect(context: _Context, apart: Decomposition, i: int, values: Sequence[Value]) -> _Effect:
    share = float(context.shares[0, i])
    low, high = (float(end) for end in np.quantile(context.shares[1:, i], INTERVAL))
    levels = _levels(apart.axes[i], values)
    columns = apart.axes[i].columns(coded(levels, apart.axes[i].levels))
    if apart.evidence(i) < ODDS or share < LEAST_SHARE:
        scores, spread, possible = apart.possible(i, columns)
        costs = _possible_costs(context, apart, levels, scores, spread)
        return _Effect(share, 0.0, max(high, possible), costs=costs)
    partner = apart.partner(i)
    name = context.seen.names[partner[0]] if partner and partner[1] >= ODDS else ""
    return _Effect(share, low, high, True, name, _costs(context, apart, i, levels, columns))


def _levels(axis: Axis, values: Sequence[Value]) -> tuple[Value, ...]:
    """Every level, or numbers that were tried, from low to high."""
    if axis.levels:
        return axis.levels
    numbers = np.sort(np.array(values, dtype=np.float64))
    low, high = np.quantile(numbers, ENDS)
    inner = numbers[(numbers >= low) & (numbers <= high)]
    places = np.unique(np.linspace(0, len(inner) - 1, STEPS).round().astype(int))
    whole = all(isinstance(value, int) for value in values)
    return tuple(int(value) if whole else value for value in np.unique(inner[places]).tolist())


def _costs(
    context: _Context, apart: Decomposition, i: int, levels: Sequence[Value], columns: NDArray[np.float64]
) -> list[Cost]:
    """Of values given by ``columns`` (G, k) too, relative to the one that is best as fitted."""
    scores = apart.cost(i, columns, _every(apart))
    best = int(scores[0].argmin())
    change = scores - scores[:, best : best + 1]
    usual = float(apart.cost(i, apart.elite[i][None], apart.fitted.coefficients)[0])
    start = apart.level + float(scores[0, best]) - usual
    low, high = np.quantile(change[1:], INTERVAL, axis=0)
    return _priced(context, apart, start, levels, (change[0], low, high))


def _possible_costs(
    context: _Context,
    apart: Decomposition,
    levels: Sequence[Value],
    scores: NDArray[np.float64],
    spread: NDArray[np.float64],
) -> list[Cost]:
    """Of scores (G,) with covariance (G, G): a normal distribution's intervals."""
    best = int(scores.argmin())
    change = scores - scores[best]
    variance = np.diag(spread) + spread[best, best] - 2 * spread[best]
    margin = NORMAL * np.sqrt(np.maximum(variance, 0.0))
    return _priced(context, apart, apart.level, levels, (change, change - margin, change + margin))


def _priced(
    context: _Context,
    apart: Decomposition,
    start: float,
    levels: Sequence[Value],
    changes: tuple[NDArray[np.float64], ...],
) -> list[Cost]:
    """Changes of score from ``start`` on (value, low, high; each (G,)), in the metric's unit."""
    at, errors = context.seen.errors
    base = float(np.interp(start, at, errors))
    reached = [np.minimum(start + np.maximum(change, 0.0), apart.cap) for change in changes]
    costs, low, high = (np.maximum(np.interp(each, at, errors) - base, 0.0).tolist() for each in reached)
    low = [
        max(price, LEAST_COST * base) if sure > 0 else 0.0
        for price, sure in zip(low, changes[1], strict=True)
    ]
    capped = (start + changes[0] >= apart.cap).tolist()
    return [Cost(*each) for each in zip(levels, costs, low, high, capped, strict=True)]


def _good(costs: Sequence[Cost], numeric: bool) -> list[Value]:
    """The values around the best that cost nothing that could be told."""
    best = min(range(len(costs)), key=lambda place: costs[place].error)
    if not numeric:
        return [each.value for each in costs if each.low <= 0]
    first = last = best
    while first > 0 and costs[first - 1].low <= 0:
        first -= 1
    while last < len(costs) - 1 and costs[last + 1].low <= 0:
        last += 1
    return [costs[first].value, costs[last].value]


def _edge(best: Value | None, values: Sequence[Value]) -> Literal["", "lowest", "highest"]:
    """Which end of what was tried the best value lies at; 0 and 1 are natural ends of shares and counts."""
    if best is None or isinstance(best, str):
        return ""
    numbers = np.array(values, dtype=np.float64)
    if float((numbers > best).mean()) <= EDGE:
        return "highest"
    return "lowest" if float((numbers < best).mean()) <= EDGE and best not in (0, 1) else ""
