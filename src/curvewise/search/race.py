"""The race: which trials to start, go on with, stop, and choose; decisions out of the history."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from curvewise.curves.ledger import Ledger
from curvewise.records import Decision, Event
from curvewise.search import closing, rules
from curvewise.search.filling import Filling, cut_short, probes
from curvewise.search.knowledge import Knowledge
from curvewise.search.plan import plan

ROUND = 0.02
"""Share of the budget that one round of epochs may take, so that the end is not overrun."""

SHORTEST_ROUND = 0.25
"""Seconds that a round may take whatever the budget: shorter ones would spend more on deciding."""

LONGEST_ROUND = 2.0
"""Seconds that a round takes at most, but for one epoch of each thread: what it trains is what a kill
loses, and its end is what Ctrl-C waits for (docs/architecture.md, "The contracts")."""

WIDER = 1.5
"""Times the probe's mean epoch that an ordinary trial's is expected to take: trials may be wider."""


class Race:
    """Decides from the history alone; ``see`` every event in order, ``decide`` whenever a round is over.

    Space, seed, budget and threads are in the history too, and all else that it holds are folds over
    the events seen: a race that has seen the same history decides the same, bit for bit.
    """

    def __init__(self, known: Knowledge | None = None) -> None:
        self._known = known or Knowledge()

    @property
    def ledger(self) -> Ledger:
        """What is known of every trial."""
        return self._known.ledger

    def see(self, events: Iterable[Event]) -> None:
        """Take in what happened."""
        self._known.see(events)

    def decide(self, elapsed: float) -> list[Decision]:
        """What to do now, in order; empty where training should simply go on.

        ``elapsed``: wall seconds of the study so far (they are recorded with the decisions).
        """
        known = self._known
        known.ledger.elapsed = elapsed
        if known.ledger.ended is not None:
            return []
        if end := closing.hopeless(known):
            return end
        decisions = self._judge()
        gone = {decision.trial for decision in decisions if decision.action in ("stop", "finish")}
        live = [number for number in known.ledger.running() if number not in gone]
        if known.ledger.finalised is not None:
            return decisions + closing.conclude(known, live)
        if known.plan is None or known.standings is None:
            return decisions + self._begin(live)
        refills = self._filling.refill(live, known.plan, known.standings)
        sources = closing.due(known, known.plan, known.standings, idle=not live and not refills)
        if sources is not None:
            return decisions + closing.finalise(known, sources, live)
        return decisions + refills

    def round(self) -> list[int]:
        """Which running trials to train one more epoch now: the youngest first, for a short while."""
        known = self._known
        running = known.ledger.running()
        running = [number for number in running if known.affordable(number)] or running
        running.sort(key=lambda number: (known.ledger.entries[number].curve.age, number))
        if not known.limits.timed:
            return running[: max(1, int(known.left))]
        seconds = min(LONGEST_ROUND, max(SHORTEST_ROUND, ROUND * known.limits.seconds))
        allowed = seconds * known.limits.threads
        chosen: list[int] = []
        for number in running:
            allowed -= known.seconds(number)
            if allowed < 0 and len(chosen) >= known.limits.threads:
                break
            chosen.append(number)
        return chosen

    @cached_property
    def _filling(self) -> Filling:
        return Filling(self._known)

    def _judge(self) -> list[Decision]:
        """Decisions about the running trials that have a new point."""
        standings, decisions = self._known.standings, []
        for number in self.ledger.running():
            entry = self.ledger.entries[number]
            decision = rules.ended(entry)
            new = entry.curve.age > entry.promoted
            if decision is None and new and standings is not None and standings.belongs(entry):
                decision = rules.compared(entry, standings, self._known.opened)
                if decision is None:
                    decision = rules.hopeless(entry, self._known.opened)
            if decision is not None:
                decisions.append(decision)
        return decisions

    def _begin(self, live: list[int]) -> list[Decision]:
        """The probe, then the plan; a probe that the budget cuts short ends with its first finite loss."""
        known = self._known
        starts = [] if known.ledger.entries else probes(known)
        if starts:
            return starts
        if live:
            trained = (entry.curve.best for entry in known.ledger.entries.values())
            if not any(best and not best.diverged for best in trained):
                return []
            return closing.over(known, live) if known.left <= 0 else cut_short(known, live)
        epochs = known.left
        if known.limits.timed:
            epochs *= known.limits.threads * known.pace.efficiency / self._typical_seconds()
        return [plan(epochs, known.opened.rows["train"])]

    def _typical_seconds(self) -> float:
        """Seconds of an epoch of an ordinary trial, by the probe; a tenth where nothing was probed."""
        trained = [entry.curve for entry in self.ledger.entries.values() if entry.curve.age]
        if not trained:
            return 0.1
        seconds, epochs = sum(curve.seconds for curve in trained), sum(curve.age for curve in trained)
        return max(1e-6, WIDER * seconds / epochs)
