"""The race: which trials to start, go on with, stop, and choose; decisions out of the history."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cached_property

import numpy as np

from curvewise.curves.ledger import Ledger
from curvewise.records import (
    Configuration,
    Decided,
    Decision,
    Event,
    Observed,
    Opened,
    Origin,
    Resumed,
    Trial,
)
from curvewise.search import finals, probe, rules
from curvewise.search.cost import Cost, Sizes
from curvewise.search.limits import Limits
from curvewise.search.pace import Pace
from curvewise.search.plan import Plan, plan
from curvewise.search.proposals import Proposals
from curvewise.search.standings import Standings
from curvewise.space.space import Space

ROUND = 0.02
"""Share of the budget that one round of epochs may take, so that the end is not overrun."""

DEAREST = 0.15
"""Largest share of what is left that one full trial may be expected to cost when it is proposed."""

FINALS = 0.35
"""Share of the whole budget that the finalists may take; fewer are re-seeded where it is not enough.
A proposal, not tuned (docs/evidence.md, 5.5); early stopping returns some of it."""

FAIR = 4.0
"""Times the defaults' effort up to which a configuration is proposed as it comes. Beyond, one of 40
times the effort is proposed a tenth as often, so that wide networks and tiny minibatches together take
no larger part of a budget than the rest: without it 14 of 59 trials on digits took 88 % of the time."""

ATTEMPTS = 12
"""Draws before a duplicate or too dear proposal is given up for this round."""


FINAL_SEEDS = 900_000
"""Where the finalists' seeds start: beyond any trial's number, so that no trial has trained with them."""


def seed_of(study: int, number: int) -> int:
    """The seed of a trial: another for every study and number (1,000,003 is a prime above both)."""
    return study * 1_000_003 + number


class Race:
    """Decides from the history alone; ``see`` every event in order, ``decide`` whenever a round is over.

    Space, seed, budget and threads are in the history too, and all else that it holds are folds over
    the events seen: a race that has seen the same history decides the same, bit for bit.
    """

    def __init__(self) -> None:
        self.ledger = Ledger()
        self._limits = Limits(math.inf, 0.0, 1, 0.0)
        self._pace = Pace()
        self._standings: Standings | None = None
        self._plan: Plan | None = None
        self._cost: Cost | None = None
        self._seen: set[Configuration] = set()
        self._drawn = 0
        self._edges: dict[str, probe.Edge] = {}

    def see(self, events: Iterable[Event]) -> None:
        """Take in what happened."""
        for event in events:
            self.ledger.apply(event)
            match event:
                case Opened() | Resumed():
                    self._limits = Limits.of(self.ledger.budget, self.ledger.threads)
                case Observed(points=points):
                    self._pace.see(self.ledger, event)
                    for point in points:
                        if self._standings is not None:
                            self._standings.observe(self.ledger, point.trial)
                case Decided(decisions=decisions):
                    for decision in decisions:
                        self._take(decision)
                case _:
                    pass

    def _take(self, decision: Decision) -> None:
        match decision.action:
            case "start" if decision.start is not None:
                self._seen.add(decision.start.configuration)
                self._drawn += decision.start.origin in ("prior", "sobol")
            case "plan":
                self._plan = Plan.of(decision)
                self._edges = probe.edges(self.ledger)
                self._standings = Standings(self._plan.horizon, rules.ages(self._plan.horizon))
            case "stop" | "finish" if decision.trial is not None:
                entry = self.ledger.entries[decision.trial]
                if entry.curve.age:
                    self._costs().observe(entry.trial.configuration, entry.curve.seconds / entry.curve.age)
                if decision.action == "finish" and self._standings is not None:
                    self._standings.finish(self.ledger, decision.trial)
            case _:
                pass

    def decide(self, elapsed: float) -> list[Decision]:
        """What to do now, in order; empty where training should simply go on.

        ``elapsed``: wall seconds of the study so far (they are recorded with the decisions).
        """
        ledger = self.ledger
        ledger.elapsed = elapsed
        if ledger.ended is not None:
            return []
        decisions = self._judge()
        gone = {decision.trial for decision in decisions if decision.action in ("stop", "finish")}
        live = [number for number in ledger.running() if number not in gone]
        if ledger.finalised is not None:
            return decisions + self._finals(live)
        if self._plan is None:
            return decisions + self._begin(live, bool(gone))
        sources = self._due()
        if sources is not None:
            return decisions + self._finalise(sources, live)
        return decisions + self._refill(len(live))

    def round(self) -> list[int]:
        """Which running trials to train one more epoch now: the youngest first, for a short while."""
        running = self.ledger.running()
        running.sort(key=lambda number: (self.ledger.entries[number].curve.age, number))
        if not self._limits.timed:
            return running[: max(1, int(self._limits.left(self.ledger)))] if self._plan else running
        allowed = max(0.25, ROUND * self._limits.seconds) * self._limits.threads
        chosen: list[int] = []
        for number in running:
            allowed -= self._seconds(number)
            if allowed < 0 and len(chosen) >= self._limits.threads:
                break
            chosen.append(number)
        return chosen

    @property
    def _opened(self) -> Opened:
        if self.ledger.opened is None:
            raise ValueError("the history has no beginning: see its Opened event first")
        return self.ledger.opened

    @cached_property
    def _space(self) -> Space:
        return Space.described(self._opened.space)

    @cached_property
    def _sizes(self) -> Sizes:
        return Sizes.of(self._opened)

    @cached_property
    def _proposer(self) -> Proposals:
        return Proposals(self._space, self._opened.seed)

    def _judge(self) -> list[Decision]:
        """Decisions about the running trials that have a new point."""
        decisions = []
        for number in self.ledger.running():
            entry = self.ledger.entries[number]
            decision = rules.ended(entry)
            if decision is None and self._standings is not None and self._standings.belongs(entry):
                age = entry.curve.age
                if age in self._standings.ages and age > entry.promoted:
                    decision = rules.compared(entry, self._standings)
            if decision is not None:
                decisions.append(decision)
        return decisions

    def _begin(self, live: list[int], probed: bool) -> list[Decision]:
        """The probe, then the plan and the first trials."""
        opened = self._opened
        if not self.ledger.entries:
            trials = probe.suspects(self._space, opened.rows["train"], opened.seed)
            if trials and not self._limits.timed:
                trials = probe.spread(trials, max(2, int(self._limits.slot_epochs / 10 / trials[0].horizon)))
            if trials:
                return [self._suspect(trial) for trial in trials]
        if live:
            return []
        left = self._limits.left(self.ledger)
        epochs = left * self._limits.threads / self._typical() if self._limits.timed else left
        return [plan(epochs, opened.rows["train"])]

    def _suspect(self, trial: Trial) -> Decision:
        rate = trial.configuration.number("learning_rate")
        reason = f"usual suspect {rate:g} with {trial.configuration.word('optimizer')}"
        return Decision("start", "suspect", reason, {"learning_rate": rate}, trial.number, trial)

    def _refill(self, live: int) -> list[Decision]:
        """New trials for the free slots."""
        assert self._plan is not None
        number, drawn = len(self.ledger.entries), self._drawn
        decisions: list[Decision] = []
        taken = set(self._seen)
        for _ in range(self._plan.slots - live):
            trial = self._propose(number, drawn, taken)
            if trial is None:
                break
            drawn += trial.origin in ("prior", "sobol")
            taken.add(trial.configuration)
            near = f" near trial {trial.parent}" if trial.parent is not None else ""
            reason = f"slot free: a configuration from {trial.origin}{near}"
            decisions.append(Decision("start", f"refill from {trial.origin}", reason, {}, number, trial))
            number += 1
        return decisions

    def _propose(self, number: int, drawn: int, taken: set[Configuration]) -> Trial | None:
        assert self._plan is not None and self._standings is not None
        elite = {n: self.ledger.entries[n].trial.configuration for n in self._standings.elite}
        centres = (self._edges, self._plan.horizon)
        for configuration in self._proposer.defaults(centres):
            if configuration not in taken:
                return self._trial(number, configuration, "default")
        for attempt in range(ATTEMPTS):
            found = self._proposer.propose(number, attempt, drawn, elite, centres)
            configuration = found.configuration
            if configuration in taken:
                continue
            if not self._affordable(configuration, number, attempt):
                continue
            return self._trial(number, configuration, found.origin, found.parent)
        return None

    def _affordable(self, configuration: Configuration, number: int, attempt: int) -> bool:
        """Dear configurations are tried as much more seldom as they are dearer than the defaults."""
        assert self._plan is not None
        if self._limits.timed:
            seconds = self._costs().seconds(configuration) * self._plan.horizon
            if seconds > DEAREST * self._limits.left(self.ledger):
                return False
        ratio = self._sizes.effort(configuration) / self._sizes.effort(self._space.default())
        key = [self._opened.seed, (1 << 32) + number * 64 + attempt]
        return float(np.random.Generator(np.random.Philox(key=key)).random()) < FAIR / ratio

    def _trial(
        self, number: int, configuration: Configuration, origin: Origin, parent: int | None = None
    ) -> Trial:
        assert self._plan is not None
        return Trial(
            number, configuration, seed_of(self._opened.seed, number), self._plan.horizon, origin, parent
        )

    def _due(self) -> list[int] | None:
        """The finalists' sources if it is time for them, else None."""
        assert self._plan is not None and self._standings is not None
        left = self._limits.left(self.ledger)
        sources = self._candidates()
        if not sources:
            return [] if left <= 0 else None
        total = (self._limits.seconds if self._limits.timed else self._limits.slot_epochs) * FINALS
        while len(sources) > 1 and self._final_cost(sources) > total:
            sources = sources[:-1]
        idle = not self.ledger.running() and not self._refill(0)
        if not self._limits.timed:
            left -= len(self.ledger.running())  # the round that would come before the next look
        return sources if idle or left <= self._final_cost(sources) else None

    def _candidates(self) -> list[int]:
        assert self._plan is not None and self._standings is not None
        numbers = self._standings.finished
        if not numbers:
            trained = [
                n for n, e in self.ledger.entries.items() if self._standings.belongs(e) and e.curve.best
            ]
            oldest = max((self.ledger.entries[n].curve.age for n in trained), default=0)
            numbers = [n for n in trained if self.ledger.entries[n].curve.age == oldest]
        return self._standings.best(self.ledger, numbers, self._plan.finalists)

    def _final_cost(self, sources: list[int]) -> float:
        """What re-seeding these would take, in the budget's unit, with a margin."""
        epochs = {s: self._expected_epochs(s) for s in sources}
        if not self._limits.timed:
            return float(finals.SEEDS * sum(epochs.values()))
        work = [finals.SEEDS * epochs[s] * self._seconds(s) for s in sources]
        longest = max(epochs[s] * self._seconds(s) for s in sources)
        return 1.1 * max(sum(work) / self._limits.threads, longest) / self._pace.efficiency

    def _expected_epochs(self, source: int) -> int:
        assert self._plan is not None
        entry = self.ledger.entries[source]
        early = entry.rule == "early stopping"
        return min(self._plan.horizon, entry.curve.age + 5) if early else self._plan.horizon

    def _finalise(self, sources: list[int], live: list[int]) -> list[Decision]:
        """Close the race and re-seed the finalists."""
        stops = [
            Decision(
                "stop", "time for the finalists", "the rest of the budget belongs to the finalists", {}, n
            )
            for n in live
        ]
        numbers = {"finalists": float(len(sources)), "seeds": float(finals.SEEDS)}
        reason = f"{len(sources)} configurations are trained again with {finals.SEEDS} seeds each"
        over = self._limits.left(self.ledger) <= 0 or not sources
        seeds = [] if over else [seed_of(self._opened.seed, FINAL_SEEDS + k) for k in range(finals.SEEDS)]
        finalise = Decision("finalise", "time for the finalists", reason, numbers)
        return [*stops, finalise, *finals.starts(self.ledger, sources, seeds)]

    def _finals(self, live: list[int]) -> list[Decision]:
        """While the finalists train, and when they are done."""
        over = self._limits.left(self.ledger) <= 0
        if live and not over:
            return []
        reason = "the budget is over"
        stops = [Decision("stop", "budget over", reason, {}, number) for number in live]
        if self.ledger.compared is None:
            return stops
        found = finals.finalists(self.ledger, self.sizes())
        chosen = finals.choose(found, self.ledger.compared.rows_error) if found else self._fallback()
        spent = self._limits.spent(self.ledger)
        unit = "seconds" if self._limits.timed else "slot-epochs"
        end = Decision("end", "budget over", f"{spent:.4g} {unit} spent", {"spent": spent})
        return [*stops, *([chosen] if chosen else []), end]

    def _fallback(self) -> Decision | None:
        """The best trial there is, where the budget left no finalists."""
        entries = [e for e in self.ledger.entries.values() if e.curve.best and not e.curve.best.diverged]
        if not entries:
            return None
        best = min(
            entries,
            key=lambda e: (
                (e.curve.best.valid_error, e.curve.best.valid_loss) if e.curve.best else (math.inf, math.inf)
            ),
        )
        reason = "the budget left no time for finalists: the least validation error of all trials, one seed"
        return Decision("choose", "best of one seed", reason, {"seeds": 1.0}, best.trial.number)

    def sizes(self) -> dict[int, int]:
        """Parameters of every re-seeded configuration, by its source."""
        sources = {e.trial.parent for e in self.ledger.entries.values() if e.trial.origin == "finalist"}
        return {
            s: self._sizes.parameters(self.ledger.entries[s].trial.configuration)
            for s in sources
            if s is not None
        }

    def _typical(self) -> float:
        """Seconds of an epoch of an ordinary trial: the probe's mean, with some for wider networks."""
        ages = [(e.curve.seconds, e.curve.age) for e in self.ledger.entries.values() if e.curve.age]
        total, epochs = sum(s for s, _ in ages), sum(a for _, a in ages)
        return max(1e-6, 1.5 * total / epochs) if epochs else 0.1

    def _seconds(self, number: int) -> float:
        entry = self.ledger.entries[number]
        if entry.curve.age:
            return entry.curve.seconds / entry.curve.age
        return self._costs().seconds(entry.trial.configuration)

    def _costs(self) -> Cost:
        if self._cost is None:
            self._cost = Cost(self._sizes)
        return self._cost
