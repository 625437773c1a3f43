"""Whom the next epochs go to: a trial that waits, or a new one, by what it is expected to come to."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

import numpy as np

from curvewise.curves.ledger import Entry
from curvewise.records import Configuration, Decision, Origin, Trial
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
without it whatever is nearly done would always go on. Tuned (docs/evidence.md, 16)."""


class Thawing:
    """Freeze and thaw (Swersky, Snoek and Adams 2014, arXiv 1406.3896) for trials of one horizon.

    Trials that wait keep their slots. Each move goes to the trial, new or not, of the largest expected
    improvement of the least error for what it still costs. A fold: the same points and moves in the same
    order give the same next move.
    """

    def __init__(self, space: Space, seed: int, horizon: int, source: Source) -> None:
        self._space, self._seed, self._horizon = space, seed, horizon
        self._surrogate, self._source = Surrogate(space, seed), source
        self._trained = Trained(space)
        self._until: dict[int, int] = {}
        self._moves = 0

    def observe(self, entry: Entry) -> None:
        """Take in the newest point of a trial."""
        levels = [point.merit[0] for point in entry.curve.points]
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

    def next(self, entries: Mapping[int, Entry], running: Collection[int]) -> Decision | None:
        """The next move, given all trials by number, and those ``running``, none of which is ``going``.

        None where none runs, and no new configuration was found.
        """
        number = len(entries)
        best = self._trained.least
        if number < BEGINNERS or best == math.inf:
            first = self._first(number)
            if first is not None or best == math.inf:
                return first
        generator = np.random.Generator(np.random.Philox(key=[self._seed, self._moves]))
        elite = self._trained.units(self._trained.best(ELITE))
        fresh = self._source.draw(generator, elite, number)
        going_on = self._trained.likeliest(running)
        waiting = [entries[each] for each in going_on]
        units = np.concatenate([self._trained.units(going_on), fresh])
        numbers = np.array([*going_on, *range(-1, -1 - len(fresh), -1)])
        outlook = self._surrogate.outlook(units, numbers, self._horizon)
        if outlook is None:
            return self._first(number)
        gain = log_improvement(outlook.mean, outlook.deviation, outlook.scale.scaled(best))
        ages = np.array([*(entry.curve.age for entry in waiting), *[0] * len(fresh)])
        cost = self._horizon - ages + REST * self._horizon
        for chosen in np.argsort(np.log(cost) - gain, kind="stable").tolist():
            low, high = outlook.interval(chosen)
            why = f"expected to end between {low:.4g} and {high:.4g}; the least error so far is {best:.4g}"
            if chosen < len(waiting):
                return self._go_on(waiting[chosen], why)
            configuration = self._source.configuration(units[chosen])
            if configuration not in self._trained:
                return self._start(number, configuration, "model", why)
        return None

    def _first(self, number: int) -> Decision | None:
        """The defaults, then the priors; None where none of them is new."""
        for place in range(number, number + ATTEMPTS):
            configuration = self._source.first(place)
            if configuration not in self._trained:
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
