"""A race over trials of one horizon, such as recorded curves: freeze and thaw until the budget is spent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property, partial

from curvewise.curves.ledger import Entry, Ledger
from curvewise.records import Configuration, Decided, Decision, Event, Failed, Observed, Opened, Restored
from curvewise.search.candidates import Candidates, Listed
from curvewise.search.limits import Limits
from curvewise.search.thawing import Thawing
from curvewise.space.space import Space


class Thaw:
    """Decides from the history alone, as ``Race`` does, for trainers whose every trial has one horizon.

    One trial at a time goes on. There are no finalists: a recorded trial with another seed is the same.
    ``among``: the only configurations that were recorded, where not any of the space's was.
    """

    def __init__(self, among: Sequence[Configuration] = ()) -> None:
        self.ledger, self._among = Ledger(), among
        self._going, self._waiting, self._done = set[int](), set[int](), set[int]()

    def see(self, events: Iterable[Event]) -> None:
        """Take in what happened."""
        for event in events:
            self.ledger.apply(event)
            match event:
                case Observed(points=points):
                    for point in points:
                        self._thawing.observe(self.ledger.entries[point.trial])
                        self._place(point.trial)
                case Decided(decisions=decisions):
                    for decision in decisions:
                        self._thawing.take(decision)
                        if decision.trial is not None:
                            self._place(decision.trial)
                case Restored(trial=trial) | Failed(trial=trial):
                    self._place(trial)
                case _:
                    pass

    def _place(self, number: int) -> None:
        """Put a trial among those that train, wait or are done; none of them once it has no slot."""
        entry = self.ledger.entries[number]
        for kind in (self._going, self._waiting, self._done):
            kind.discard(number)
        if entry.status == "running":
            going = self._going if self._thawing.going(entry) else self._waiting
            (self._done if self._ended(entry) else going).add(number)

    def decide(self, elapsed: float) -> list[Decision]:
        """What to do now, in order; empty where training should simply go on."""
        ledger = self.ledger
        ledger.elapsed = elapsed
        if ledger.ended is not None:
            return []
        if self._limits.left(ledger) <= 0:
            return [*_over(ledger.running()), *self._answer("the budget is spent")]
        if self._going:
            return []
        if self._done:
            return [self._finished(ledger.entries[number]) for number in sorted(self._done)]
        move = self._thawing.next(ledger.entries, self._waiting)
        return [move] if move is not None else self._answer("there is nothing left to try")

    def round(self) -> list[int]:
        """Which running trials to train one more epoch now."""
        return sorted(self._going)

    @property
    def _limits(self) -> Limits:
        return Limits.of(self.ledger.budget, self.ledger.threads)

    @cached_property
    def _thawing(self) -> Thawing:
        opened = self._opened
        space, seed = Space.described(opened.space), opened.seed
        if self._among:
            return Thawing(space, seed, self._horizon, Listed(space, seed, self._among))
        source = Candidates(space, seed, partial(space.from_unit, prior=True))
        return Thawing(space, seed, self._horizon, source)

    @property
    def _opened(self) -> Opened:
        if self.ledger.opened is None:
            raise ValueError("the history has no beginning: see its Opened event first")
        return self.ledger.opened

    @property
    def _horizon(self) -> int:
        if self._opened.horizon is None:
            raise ValueError("this race needs the trials' horizon: the Opened event has none")
        return self._opened.horizon

    def _ended(self, entry: Entry) -> bool:
        curve = entry.curve
        return curve.age >= self._horizon or (curve.last is not None and curve.last.diverged)

    def _finished(self, entry: Entry) -> Decision:
        age = entry.curve.age
        reason = f"trained for its planned {self._horizon} epochs"
        if age < self._horizon:
            reason = f"its loss is not finite from epoch {age} on"
        return Decision("finish", "horizon reached", reason, {"epoch": float(age)}, entry.trial.number)

    def _answer(self, reason: str) -> list[Decision]:
        bests = [e.curve.best for e in self.ledger.entries.values() if e.curve.best is not None]
        finite = [best for best in bests if not best.diverged]
        end = Decision("end", "budget over", f"{reason}: {self.ledger.slot_epochs} epochs")
        if not finite:
            return [end]
        least = min(finite, key=lambda point: point.merit)
        told = f"the least validation error of all trials, {least.valid_error:.4g}"
        return [Decision("choose", "least error", told, {"error": least.valid_error}, least.trial), end]


def _over(running: list[int]) -> list[Decision]:
    return [Decision("stop", "budget over", "the budget is over", {}, number) for number in running]
