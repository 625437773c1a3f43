"""Everything that decisions are made from: one fold over the history."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cached_property

from curvewise.curves.ledger import Ledger
from curvewise.records import Configuration, Decided, Decision, Event, Failed, Observed, Opened, Resumed
from curvewise.search import probe, rules
from curvewise.search.cost import Cost, Sizes
from curvewise.search.limits import Limits
from curvewise.search.pace import Pace
from curvewise.search.plan import Plan
from curvewise.search.standings import Standings
from curvewise.space.space import Space

SCORED = 4
"""Networks that read the test rows at the end: the answer, and some that average well with it. Ours."""
FORWARD = 1 / 3
"""Of a row's training, what reading it takes: one product of three."""
MOST_SCORING = 0.2
"""Share of a budget that is kept back for it at most."""


class Knowledge:
    """What the events seen so far say; two that have seen the same events are the same, bit for bit."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.limits = Limits(math.inf, 0.0, 1, 0.0)
        self.pace = Pace()
        self.plan: Plan | None = None
        self.standings: Standings | None = None
        self.edges: dict[str, probe.Edge] = {}
        """What the probe found, by probed optimizer."""
        self.tried: set[Configuration] = set()
        self.drawn = 0
        """Trials drawn from priors and Sobol points."""
        self.barren = 0
        """Trials that failed since one last trained an epoch."""
        self.unable = 0
        """Trials started since the last round of training that failed there and then."""
        self._fresh: set[int] = set()
        """Trials started since the last round of training."""

    def see(self, events: Iterable[Event]) -> None:
        """Take in what happened."""
        for event in events:
            self.ledger.apply(event)
            match event:
                case Opened() | Resumed():
                    self.limits = Limits.of(self.ledger.budget, self.ledger.threads)
                    self.barren = self.unable = 0
                case Failed(trial=trial):
                    self.barren += 1
                    self.unable += trial in self._fresh
                case Observed(points=points):
                    self.pace.see(self.ledger, event)
                    self._fresh.clear()
                    self.unable = 0
                    self.barren = 0 if points else self.barren
                    if self.standings is not None:
                        for point in points:
                            self.standings.observe(self.ledger, point.trial)
                case Decided(decisions=decisions):
                    for decision in decisions:
                        self._take(decision)
                case _:
                    pass

    def _take(self, decision: Decision) -> None:
        match decision.action:
            case "start" if decision.start is not None:
                self.tried.add(decision.start.configuration)
                self._fresh.add(decision.start.number)
                self.drawn += decision.start.origin in ("prior", "sobol")
            case "plan":
                self.plan = Plan.of(decision)
                self.edges = probe.edges(self.ledger)
                self.standings = Standings(self.plan.horizon, rules.ages(self.plan.horizon))
            case "stop" | "finish" if decision.trial is not None:
                entry = self.ledger.entries[decision.trial]
                if entry.curve.age:
                    self.cost.observe(entry.trial.configuration, entry.curve.seconds / entry.curve.age)
                if decision.action == "finish" and self.standings is not None:
                    self.standings.finish(self.ledger, decision.trial)
            case _:
                pass

    @property
    def opened(self) -> Opened:
        """The study's beginning; raises ValueError where it has not been seen."""
        if self.ledger.opened is None:
            raise ValueError("the history has no beginning: see its Opened event first")
        return self.ledger.opened

    @cached_property
    def space(self) -> Space:
        """What is searched."""
        return Space.described(self.opened.space)

    @cached_property
    def sizes(self) -> Sizes:
        """What the data say of a network's size."""
        return Sizes.of(self.opened)

    @cached_property
    def cost(self) -> Cost:
        """What an epoch of a configuration costs, learnt from the trials that ended."""
        return Cost(self.sizes)

    @property
    def left(self) -> float:
        """What may still be spent on training, in the budget's unit."""
        return max(0.0, self.limits.left(self.ledger) - self._scoring())

    def _scoring(self) -> float:
        """Seconds that reading the test rows will take, by what an epoch has; 0 with a budget in epochs."""
        if not self.limits.timed or not self.pace.epochs:
            return 0.0
        read = SCORED * FORWARD * self.opened.rows["test"] / self.opened.rows["train"]
        return min(MOST_SCORING * self.limits.seconds, read * self.pace.epoch)

    def seconds(self, number: int) -> float:
        """Seconds of one epoch of a trial: as measured, else as configurations like it cost.

        Until one has ended, by the effort of those that have begun; inf where none has.
        """
        entry = self.ledger.entries[number]
        if entry.curve.age:
            return entry.curve.seconds / entry.curve.age
        return self.cost.seconds(entry.trial.configuration) or self._by_effort(entry.trial.configuration)

    def affordable(self, number: int) -> bool:
        """True where one more epoch of a trial ends within the budget, as far as can be told."""
        if self.left <= 0:
            return False
        seconds = self.seconds(number)
        return not self.limits.timed or math.isinf(seconds) or seconds <= self.left * self.pace.efficiency

    def _by_effort(self, configuration: Configuration) -> float:
        begun = [entry for entry in self.ledger.entries.values() if entry.curve.age]
        if not begun:
            return math.inf
        effort = sum(e.curve.age * self.sizes.effort(e.trial.configuration) for e in begun)
        return self.sizes.effort(configuration) * sum(e.curve.seconds for e in begun) / effort
