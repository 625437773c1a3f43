"""Whom the next epochs go to: a trial that waits, or a new one, by what it is expected to come to."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np

from curvewise.curves.ledger import Entry
from curvewise.records import Configuration, Decision, Origin, Point, Trial
from curvewise.search.candidates import Source
from curvewise.search.improvement import log_improvement
from curvewise.search.seeds import seed_of
from curvewise.search.surrogate.surrogate import Surrogate
from curvewise.search.trained import Trained
from curvewise.space.space import Space

FIRST = 0.06
"""Share of the horizon that a trial begins with, at least an epoch: 3 of 52 on LCBench, where ranks after one
epoch say nothing (docs/evidence.md, 16)."""

GROWTH = 0.2
"""A trial that goes on does so for this share of its age, at least an epoch: ratios of ages count, and fewer
decisions are made."""

BEGINNERS = 6
"""Trials that begin before any is compared: the default and points of the prior."""

ELITE = 8
"""Trials that half of the candidates are near to."""

ATTEMPTS = 64
"""Draws from the priors before a first trial is given up. Ours."""

REST = 0.3
"""Share of the horizon that is added to what a trial has still to train when gains are weighed against cost:
without it whatever is nearly done would always go on. Tuned (docs/evidence.md, 15)."""


Judged = Literal["error", "loss"]
"""What of a validation set trials are judged by. Of few rows the loss tells more: errors are full of ties."""


@dataclass(frozen=True)
class Field:
    """What there is to choose from."""

    entries: dict[int, Entry]
    """All trials of the study, by number."""
    waiting: Collection[int]
    """Trials that could go on; of many the likeliest are looked at (``Trained``)."""
    admits: Callable[[Configuration], bool] = lambda configuration: True
    """True for a configuration that may begin."""
    seconds: Callable[[Configuration], float] | None = None
    """Of one epoch, in any unit; None: all the same."""


class Thawing:
    """Freeze and thaw (Swersky, Snoek and Adams 2014, arXiv 1406.3896) for trials of one horizon.

    Trials that wait keep their slots. Each move goes to the trial, new or not, of the largest expected
    improvement of the least error for what it still costs. A fold: the same points and moves in the same
    order give the same next move.
    """

    def __init__(self, space: Space, seed: int, horizon: int, source: Source, judged: Judged) -> None:
        self._space, self._seed, self._horizon, self._judged = space, seed, horizon, judged
        self._surrogate, self._source = Surrogate(space, seed), source
        self._trained = Trained(space)
        self._until: dict[int, int] = {}
        self._moves = 0

    def observe(self, entry: Entry) -> None:
        """Take in the newest point of a trial."""
        points = entry.curve.points
        levels = [_level(point, self._judged) for point in points]
        self._trained.observe(entry.trial.number, levels)
        self._surrogate.see(entry.trial.number, entry.trial.configuration, levels)

    def take(self, decision: Decision) -> None:
        """Take in a move, of whomever it was."""
        if decision.start is not None:
            self._trained.begin(decision.start)
        if decision.trial is not None and "until" in decision.numbers:
            self._until[decision.trial] = int(decision.numbers["until"])
            self._moves += 1

    def going(self, entry: Entry) -> bool:
        """True for a trial that has not yet trained as far as it was sent."""
        return entry.status == "running" and entry.curve.age < self._until.get(entry.trial.number, 0)

    def next(self, field: Field, number: int, made: int = 0) -> Decision | None:
        """The next move; ``number``: of a trial that begins; ``made``: moves of this moment, not taken yet.

        None where nobody waits and none of the new configurations is admitted.
        """
        best = self._trained.least
        if number < BEGINNERS or best == math.inf:
            first = self._first(field, number)
            if first is not None or best == math.inf:
                return first
        generator = np.random.Generator(np.random.Philox(key=[self._seed, self._moves + made]))
        elite = self._trained.units(self._trained.best(ELITE))
        fresh = self._source.draw(generator, elite, number)
        going_on = self._trained.likeliest(field.waiting)
        waiting = [field.entries[each] for each in going_on]
        units = np.concatenate([self._trained.units(going_on), fresh])
        numbers = np.array([*going_on, *range(-1, -1 - len(fresh), -1)])
        outlook = self._surrogate.outlook(units, numbers, self._horizon)
        if outlook is None:
            return self._first(field, number)
        gain = log_improvement(outlook.mean, outlook.deviation, outlook.scale.scaled(best))
        ages = np.array([*(entry.curve.age for entry in waiting), *[0] * len(fresh)])
        cost = self._horizon - ages + REST * self._horizon
        if field.seconds is not None:
            configurations = [e.trial.configuration for e in waiting]
            configurations += [self._source.configuration(unit) for unit in fresh]
            cost *= np.array([field.seconds(each) for each in configurations])
        for chosen in np.argsort(np.log(cost) - gain, kind="stable").tolist():
            low, high = outlook.interval(chosen)
            why = f"expected to end between {low:.4g} and {high:.4g}; the least so far is {best:.4g}"
            if chosen < len(waiting):
                return self._go_on(waiting[chosen], why)
            configuration = self._source.configuration(units[chosen])
            if configuration not in self._trained and field.admits(configuration):
                return self._start(number, configuration, "model", why)
        return None

    def _first(self, field: Field, number: int) -> Decision | None:
        """The defaults, then the priors; None where none of them is admitted, or has not been tried."""
        for place in range(number, number + ATTEMPTS):
            configuration = self._source.first(place)
            if configuration not in self._trained and field.admits(configuration):
                origin: Origin = "prior" if place else "default"
                return self._start(number, configuration, origin, "not enough to compare yet")
        return None

    def _start(self, number: int, configuration: Configuration, origin: Origin, why: str) -> Decision:
        trial = Trial(number, configuration, seed_of(self._seed, number), self._horizon, origin)
        numbers = {"until": float(max(1, round(FIRST * self._horizon)))}
        return Decision("start", f"refill from {origin}", f"a new trial: {why}", numbers, number, trial)

    def _go_on(self, entry: Entry, why: str) -> Decision:
        age = entry.curve.age
        until = min(self._horizon, age + max(1, round(GROWTH * age)))
        reason = f"goes on from epoch {age} to {until}: {why}"
        numbers = {"until": float(until)}
        return Decision("promote", "most to gain for its cost", reason, numbers, entry.trial.number)


def _level(point: Point, judged: Judged) -> float:
    if point.diverged:
        return math.inf
    return point.valid_error if judged == "error" else point.valid_loss
