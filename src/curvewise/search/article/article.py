"""The article's expert as a policy: one configuration at a time, with why, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import msgspec

from curvewise.curves.ledger import Entry, Ledger
from curvewise.records import Decided, Decision, Event, Failed, Finding, Opened, Resumed, Trial
from curvewise.search import closing
from curvewise.search.article import ending
from curvewise.search.article.expert import Expert
from curvewise.search.article.move import Move, judged
from curvewise.search.article.result import Result, result_of
from curvewise.search.knowledge import Knowledge
from curvewise.search.limits import Limits
from curvewise.search.plan import plan
from curvewise.search.race import Race

FINALISTS = 3
"""Configurations that are re-seeded at the end: the best by one seed each is often the luckiest. Ours."""

FIRST = 0.05
"""Share of a budget in seconds that the first trial may take: it tells how long the others will be, and about
a dozen moves go a long way before the finalists. Ours."""

WHOLE = 0.5
"""Of a full training, what has to be affordable for one more to begin. Ours."""

FAULTS = frozenset({"diverged", "too high", "too low", "stuck", "overfits"})
"""Readings whose sign goes into the study's findings."""


class Article:
    """Decides from the history alone, as ``Race`` does; finalists and answer are the race's.

    Where the trainer sets the horizon (recorded curves) there are no finalists: the least error is the
    answer.
    """

    def __init__(self) -> None:
        self._known = Knowledge()
        self._race = Race(self._known)
        self._expert: Expert | None = None
        self._current: int | None = None
        """The trial that the expert waits for."""
        self._results: dict[int, Result] = {}

    @property
    def ledger(self) -> Ledger:
        """What is known of every trial."""
        return self._known.ledger

    def see(self, events: Iterable[Event]) -> None:
        """Take in what happened."""
        for event in events:
            if isinstance(event, Opened):
                self._expert = Expert(event)
            if self._recorded(event):
                self.ledger.apply(event)
                if isinstance(event, Opened | Resumed):
                    self._known.limits = Limits.of(self.ledger.budget, self.ledger.threads)
            else:
                self._race.see([event])
            match event:
                case Decided(decisions=decisions):
                    for decision in decisions:
                        self._follow(decision)
                case Failed(trial=trial) if trial == self._current:
                    self._learn(trial, early=False)
                case _:
                    pass

    def decide(self, elapsed: float) -> list[Decision]:
        """What to do now, in order; empty where training should simply go on."""
        known, ledger = self._known, self.ledger
        ledger.elapsed = elapsed
        if ledger.ended is not None:
            return []
        live = ledger.running()
        if known.opened.horizon is not None:
            return self._decide_recorded(live)
        if ledger.finalised is not None:
            return self._race.decide(elapsed)
        if end := closing.hopeless(known):
            return end
        epochs = self._sources()
        room = bool(live) or (self._move is not None and self._affordable(epochs))
        sources = closing.time_for(known, epochs, idle=not room)
        if sources is None and not room:
            sources = []  # the best of one seed is the answer, if there is one
        if sources is not None:
            return closing.finalise(known, sources, live)
        return self._judge(ledger.entries[live[0]]) if live else self._start()

    def round(self) -> list[int]:
        """The trial that is running, or those finalists whose turn it is."""
        return self.ledger.running() if self._known.opened.horizon is not None else self._race.round()

    @property
    def _move(self) -> Move | None:
        return None if self._expert is None else self._expert.move

    def _recorded(self, event: Event) -> bool:
        opened = event if isinstance(event, Opened) else self.ledger.opened
        return opened is not None and opened.horizon is not None

    def _follow(self, decision: Decision) -> None:
        if decision.start is not None and decision.start.origin != "finalist":
            self._current = decision.start.number
        elif decision.action in ("stop", "finish") and decision.trial == self._current:
            self._learn(self._current, early="patience" in decision.numbers)

    def _learn(self, trial: int | None, *, early: bool) -> None:
        if trial is not None and self._expert is not None:
            result = result_of(self.ledger.entries[trial], self._known.opened, early=early)
            self._results[trial] = result
            self._current = None
            self._expert.see(result)

    def _decide_recorded(self, live: list[int]) -> list[Decision]:
        if self._known.limits.left(self.ledger) <= 0 or not (live or self._move):
            return [*closing.over(self._known, live), *closing.alone(self._known)]
        return self._judge(self.ledger.entries[live[0]]) if live else self._start()

    def _start(self) -> list[Decision]:
        move, known = self._move, self._known
        assert move is not None  # whoever asks has looked
        number, best = len(self.ledger.entries), move.best
        trial = Trial(
            number,
            move.configuration,
            known.opened.seed,  # the same for all, so that what differs is the move's doing
            self._horizon(),
            "default" if best is None else "local",
            None if best is None else best.trial,
        )
        numbers = {"move": float(number + 1), "horizon": float(trial.horizon)}
        found = None if best is None else _of(best.finding, best.trial)
        return [Decision("start", move.rule, move.reason, numbers, number, trial, found)]

    def _judge(self, entry: Entry) -> list[Decision]:
        """The end of the trial that is running, with the verdict; empty where it goes on."""
        move, opened = self._move, self._known.opened
        assert move is not None  # what is running is a move
        number, best = entry.trial.number, move.best
        end = ending.over(entry, opened) or self._long_enough(entry)
        if end is None and move.raced and best is not None:
            end = ending.behind(entry, self.ledger.entries[best.trial], opened)
        if end is None:
            return []
        result = result_of(entry, opened, early="patience" in end.numbers)
        if "behind" in end.numbers:
            result = replace(result, words=end.reason)
        verdict = judged(move, result, opened)
        found = _of(result.finding, number) if result.reading in FAULTS else None
        numbers = {**end.numbers, **verdict.numbers}
        return [Decision(end.action, verdict.rule, verdict.reason, numbers, number, finding=found)]

    def _long_enough(self, entry: Entry) -> ending.End | None:
        """The first trial of a budget in seconds, when it has had its share."""
        limits, curve = self._known.limits, entry.curve
        if not limits.timed or self._first() is not None or curve.seconds < FIRST * limits.seconds:
            return None
        return ending.End("finish", "a twentieth of the budget", {"epoch": float(curve.age)})

    def _first(self) -> Entry | None:
        """The first trial that ended well: it says how long the others may be."""
        return next((self.ledger.entries[n] for n in self._results if self._ended_well(n)), None)

    def _ended_well(self, number: int) -> bool:
        best = self.ledger.entries[number].curve.best
        return self._results[number].reading != "diverged" and best is not None and not best.diverged

    def _horizon(self) -> int:
        opened, limits, first = self._known.opened, self._known.limits, self._first()
        if opened.horizon is not None:
            return opened.horizon
        if first is None or self._results[first.trial.number].early:
            epochs = float("1e9") if limits.timed else limits.slot_epochs
            return int(plan(epochs, opened.rows["train"]).numbers["horizon"])
        return max(1, first.curve.age)

    def _sources(self) -> dict[int, int]:
        """The best that were trained to their end, best first, and the epochs each would take again.

        None where re-seeding even one would take more of the budget than finalists may: more moves are worth
        more then, and seeds that the budget cuts short say less than one that was trained.
        """
        entries = self.ledger.entries
        ended = [
            r for n, r in self._results.items() if entries[n].status == "finished" and r.error < float("inf")
        ]
        best = sorted(ended, key=lambda result: result.merit)[:FINALISTS]
        epochs = {
            result.trial: min(entries[result.trial].trial.horizon, entries[result.trial].curve.age + 5)
            for result in best
        }
        limits = self._known.limits
        most = closing.SHARE * (limits.seconds if limits.timed else limits.slot_epochs)
        return (
            epochs if epochs and closing.cost(self._known, dict([next(iter(epochs.items()))])) <= most else {}
        )

    def _affordable(self, epochs: dict[int, int]) -> bool:
        """True where what the finalists leave is enough for half of one more training."""
        known = self._known
        left = known.left - (closing.cost(known, epochs) if epochs else 0.0)
        if not known.limits.timed:
            return left >= WHOLE * self._horizon()
        first = self._first()
        if first is None:
            return left > 0
        return left * known.pace.efficiency >= WHOLE * self._horizon() * known.seconds(first.trial.number)


def _of(found: Finding | None, trial: int) -> Finding | None:
    return None if found is None else msgspec.structs.replace(found, trial=trial)
