"""Where an epoch is dear: one trial at a time goes on, begins or waits, by what it is expected to come to."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from curvewise.curves.ledger import Entry, Ledger
from curvewise.records import Configuration, Decided, Decision, Event, Observed, Origin, Trial
from curvewise.search.candidates import Candidates
from curvewise.search.filling import seed_of
from curvewise.search.improvement import log_improvement
from curvewise.search.limits import Limits
from curvewise.search.surrogate.surrogate import Surrogate
from curvewise.space.space import Space

FIRST = 3
"""Epochs that a trial begins with: of one, ranks say nothing on most tables (docs/evidence.md, 15)."""

GROWTH = 0.2
"""A trial that goes on does so for this share of its age, at least an epoch: ratios of ages count, and fewer
decisions are made."""

BEGINNERS = 6
"""Trials that begin before any is compared: the default and points of the prior."""

ELITE = 8
"""Trials that half of the candidates are near to."""

REST = 0.3
"""Share of the horizon that is added to what a trial has still to train when gains are weighed against cost:
without it whatever is nearly done would always go on. Tuned (docs/evidence.md, 15)."""


class Thaw:
    """Decides from the history alone, as ``Race`` does, for trainers whose every trial has one horizon.

    Freeze and thaw (Swersky, Snoek and Adams 2014): trials that wait keep their slots; each decision goes to
    the trial, new or not, of the largest expected improvement of the least error for the epochs that it
    still costs.
    """

    def __init__(self) -> None:
        self.ledger = Ledger()
        self._units: dict[int, NDArray[np.float64]] = {}
        self._until: dict[int, int] = {}
        """The age to which each trial was sent last."""

    def see(self, events: Iterable[Event]) -> None:
        """Take in what happened."""
        for event in events:
            self.ledger.apply(event)
            match event:
                case Observed(points=points):
                    for point in points:
                        self._observe(point.trial)
                case Decided(decisions=decisions):
                    for decision in decisions:
                        if decision.start is not None:
                            self._until[decision.start.number] = int(decision.numbers["until"])
                        elif decision.action == "promote" and decision.trial is not None:
                            self._until[decision.trial] = int(decision.numbers["until"])
                case _:
                    pass

    def decide(self, elapsed: float) -> list[Decision]:
        """What to do now, in order; empty where training should simply go on."""
        ledger = self.ledger
        ledger.elapsed = elapsed
        if ledger.ended is not None:
            return []
        running = ledger.running()
        if self._limits.left(ledger) <= 0:
            return [*_over(running), *self._answer()]
        if any(ledger.entries[number].curve.age < self._until[number] for number in running):
            return []
        done = [self._finished(entry) for entry in ledger.entries.values() if self._at_end(entry)]
        return done or [self._next(running)]

    def round(self) -> list[int]:
        """Which running trials to train one more epoch now."""
        entries = self.ledger.entries
        return [number for number in self.ledger.running() if entries[number].curve.age < self._until[number]]

    @cached_property
    def _limits(self) -> Limits:
        return Limits.of(self.ledger.budget, self.ledger.threads)

    @cached_property
    def _space(self) -> Space:
        assert self.ledger.opened is not None
        return Space.described(self.ledger.opened.space)

    @cached_property
    def _candidates(self) -> Candidates:
        return Candidates(self._space, self._seed)

    @cached_property
    def _surrogate(self) -> Surrogate:
        return Surrogate(self._space, self._seed)

    @property
    def _seed(self) -> int:
        assert self.ledger.opened is not None
        return self.ledger.opened.seed

    @property
    def _horizon(self) -> int:
        assert self.ledger.opened is not None and self.ledger.opened.horizon is not None
        return self.ledger.opened.horizon

    def _unit(self, number: int) -> NDArray[np.float64]:
        if number not in self._units:
            self._units[number] = self._space.to_unit(self.ledger.entries[number].trial.configuration)
        return self._units[number]

    def _observe(self, number: int) -> None:
        entry = self.ledger.entries[number]
        levels = [point.valid_error for point in entry.curve.points]
        self._surrogate.see(number, entry.trial.configuration, levels)

    def _at_end(self, entry: Entry) -> bool:
        last = entry.curve.last
        ended = entry.curve.age >= self._horizon or (last is not None and last.diverged)
        return entry.status == "running" and ended

    def _finished(self, entry: Entry) -> Decision:
        age = entry.curve.age
        reason = f"trained for its planned {self._horizon} epochs"
        if age < self._horizon:
            reason = f"its loss is not finite from epoch {age} on"
        return Decision("finish", "horizon reached", reason, {"epoch": float(age)}, entry.trial.number)

    def _next(self, running: list[int]) -> Decision:
        """The trial to begin or to go on with."""
        entries = self.ledger.entries
        begun = [entry for entry in entries.values() if entry.curve.best is not None]
        if len(entries) < BEGINNERS or not begun:
            origin: Origin = "prior" if entries else "default"
            return self._start(self._candidates.first(len(entries)), origin, "not enough to compare yet")
        generator = np.random.Generator(np.random.Philox(key=[self._seed, self.ledger.slot_epochs]))
        begun.sort(key=_least)
        elite = np.array([self._unit(entry.trial.number) for entry in begun[:ELITE]])
        fresh = self._candidates.draw(generator, elite, len(entries))
        waiting = np.array([self._unit(number) for number in running]).reshape(-1, fresh.shape[1])
        units = np.concatenate([waiting, fresh])
        numbers = np.array([*running, *range(-1, -1 - len(fresh), -1)])
        outlook = self._surrogate.outlook(units, numbers, self._horizon)
        if outlook is None:
            return self._start(self._candidates.first(len(entries)), "prior", "nothing finite has been seen")
        best = _least(begun[0])
        ages = np.array([*(entries[n].curve.age for n in running), *[0] * len(fresh)])
        gain = log_improvement(outlook.mean, outlook.deviation, outlook.scale.scaled(best))
        order = np.argsort(np.log(self._horizon - ages + REST * self._horizon) - gain, kind="stable")
        tried = {entry.trial.configuration for entry in entries.values()}
        for chosen in order.tolist():
            low, high = outlook.interval(chosen)
            why = f"expected to end between {low:.4g} and {high:.4g}; the least error so far is {best:.4g}"
            if chosen < len(running):
                return self._go_on(running[chosen], why)
            configuration = self._candidates.configuration(units[chosen])
            if configuration not in tried:
                return self._start(configuration, "model", why)
        return self._start(self._candidates.first(len(entries)), "prior", "all that was drawn has been tried")

    def _start(self, configuration: Configuration, origin: Origin, why: str) -> Decision:
        number = len(self.ledger.entries)
        trial = Trial(number, configuration, seed_of(self._seed, number), self._horizon, origin)
        numbers = {"until": float(min(FIRST, self._horizon))}
        return Decision("start", f"begin from {origin}", f"a new trial: {why}", numbers, number, trial)

    def _go_on(self, number: int, why: str) -> Decision:
        age = self.ledger.entries[number].curve.age
        until = min(self._horizon, age + max(1, round(GROWTH * age)))
        reason = f"goes on from epoch {age} to {until}: {why}"
        return Decision("promote", "most to gain for its cost", reason, {"until": float(until)}, number)

    def _answer(self) -> list[Decision]:
        bests = [e.curve.best for e in self.ledger.entries.values() if e.curve.best is not None]
        finite = [best for best in bests if not best.diverged]
        end = Decision("end", "budget over", f"{self.ledger.slot_epochs} epochs are spent")
        if not finite:
            return [end]
        least = min(finite, key=lambda point: point.merit)
        reason = f"the least validation error of all trials, {least.valid_error:.4g}"
        return [Decision("choose", "least error", reason, {"error": least.valid_error}, least.trial), end]


def _over(running: list[int]) -> list[Decision]:
    return [Decision("stop", "budget over", "the budget is over", {}, number) for number in running]


def _least(entry: Entry) -> float:
    return entry.curve.best.valid_error if entry.curve.best is not None else math.inf
