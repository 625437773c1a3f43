"""Carries a study out: the race's decisions on a cohort, every event into the history."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from curvewise.best import average
from curvewise.cohort.cohort import Cohort
from curvewise.cohort.slots import State
from curvewise.curves.ledger import Ledger
from curvewise.data.examples import Examples
from curvewise.data.prepared import Prepared
from curvewise.diagnosis.signs.divergence import diverging
from curvewise.errors import StoreError
from curvewise.records import (
    Compared,
    Decided,
    Decision,
    Event,
    Failed,
    Found,
    Noted,
    Observed,
    Point,
    Restored,
    Scored,
    Snapshotted,
    Trial,
)
from curvewise.report.answer import answer
from curvewise.report.observer import Observer
from curvewise.search import finals
from curvewise.search.policy import Policy
from curvewise.store.history import History
from curvewise.store.snapshots import discard_obsolete, snapshot_name
from curvewise.study import scoring
from curvewise.study.clock import Clock
from curvewise.study.keeping import INTERVAL, Keeper


@dataclass(frozen=True)
class Parts:
    """What an execution works with."""

    folder: Path
    history: History
    race: Policy
    cohort: Cohort
    prepared: Prepared
    keeper: Keeper
    clock: Clock
    observer: Observer | None
    seed: int


class Execution:
    """One run of a study, from wherever its history stands to the end or an interruption."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._cursor = 0
        self._saved_at = time.perf_counter()

    @property
    def ledger(self) -> Ledger:
        """What is known so far."""
        return self._parts.race.ledger

    def resume(self) -> None:
        """Give every trial that the history says is running its slot back.

        A deterministic study trains again what a kill has lost, which comes out the same, so that it decides
        as if nothing had happened; any other goes on from the snapshot, whatever decisions follow.
        """
        trials = [self.ledger.entries[n].trial for n in self.ledger.running()]
        found = self._load(trials)
        self._parts.cohort.start([trial for trial in trials if trial.number not in found])
        if self.ledger.opened is not None and self.ledger.opened.deterministic:
            found |= self._caught_up({trial.number: found.get(trial.number, 0) for trial in trials})
        self._tell([Restored(trial.number, found.get(trial.number, 0)) for trial in trials])
        self._tell(self._failures())

    def _caught_up(self, epochs: dict[int, int]) -> dict[int, int]:
        """Train every trial from its epoch here to where the history has it; the epochs then reached."""
        reached = dict(epochs)
        while behind := [n for n, epoch in reached.items() if epoch < self.ledger.entries[n].curve.age]:
            trained = {point.trial: point.epoch for point in self._parts.cohort.advance(behind)}
            reached = {n: epoch for n, epoch in reached.items() if n not in behind} | trained
        return reached

    def _load(self, trials: Sequence[Trial]) -> dict[int, int]:
        """Take trials up from the last snapshot; the epoch of each that it has."""
        if not trials or self.ledger.snapshot is None:
            return {}
        path = self._parts.folder / self.ledger.snapshot.name
        try:
            return self._parts.cohort.load(path, trials) if path.exists() else {}
        except StoreError as error:  # no reason to give the study up: the history has all but these epochs
            self._tell([Noted(str(error))])
            return {}

    def run(self) -> bool:
        """Train until the race ends; True where an observer or Ctrl-C stopped it before."""
        try:
            interrupted = self._train()
        except KeyboardInterrupt:
            # Slots may be an epoch ahead of the history, so they are no snapshot of it: the last one counts.
            # The seconds that they took are spent all the same
            self._tell([Observed(self._parts.clock.elapsed(), [])])
            return True
        if interrupted:
            self._save(force=True)
        else:
            self._conclude()
        return interrupted

    def _train(self) -> bool:
        while self.ledger.ended is None:
            if self._stopping():  # before new trials are started
                return True
            self._settle()
            if self.ledger.ended is not None:
                break
            self._save()  # what has just been stopped, at the budget's end all of it, is not written
            running = self._parts.race.round()
            points = self._parts.cohort.advance(running)
            seen = Observed(self._parts.clock.elapsed(), points)
            self._tell([seen, *self._failures(), *_findings(points), *self._measured()])
        return False

    def _settle(self) -> None:
        """Ask the race until it has nothing more to decide before training goes on."""
        while self.ledger.ended is None:
            elapsed = self._parts.clock.elapsed()
            decisions = self._parts.race.decide(elapsed)
            if decisions:
                self._keep(_ended(decisions))
                self._tell([Decided(elapsed, decisions)])
                self._execute(decisions)
            elif self.ledger.finalised is not None and not self.ledger.running() and not self.ledger.compared:
                self._tell([self._compare()])
            elif not self.ledger.running():
                raise RuntimeError("the race neither trains nor decides")
            else:
                return

    def _execute(self, decisions: Sequence[Decision]) -> None:
        cohort = self._parts.cohort
        cohort.start([decision.start for decision in decisions if decision.start is not None])
        self._tell([*self._failures(), *self._measured()])
        for number in _ended(decisions):
            cohort.forget(number)

    def _measured(self) -> list[Event]:
        """What was measured to choose a way of training, since the last time."""
        return [Noted(note) for note in self._parts.cohort.notes()]

    def _keep(self, ending: Sequence[int]) -> None:
        """Weights that are asked for again go to disk before the history says that their trial has ended.

        Those are the finalists', and those of whichever is the best of all that have ended: it is the
        answer whenever a kill voids what running trials reached since.
        """
        entries = self.ledger.entries
        bests = [
            e.curve.best for e in entries.values() if e.status in ("stopped", "finished") and e.curve.best
        ]
        least = min((best.merit for best in bests), default=(math.inf, math.inf))
        for number in ending:
            entry = entries[number]
            best = entry.curve.best
            if best is None or best.diverged:
                continue
            if entry.trial.origin == "finalist" or best.merit <= least:
                self._parts.keeper.keep(number, self._parts.cohort.weights(number))
                least = min(least, best.merit)

    def _tell(self, events: Sequence[Event]) -> None:
        """Into the history first, then to everyone who folds it."""
        if events:
            self._cursor = self._parts.history.append(events)
            self._parts.race.see(events)
            if self._parts.observer is not None:
                self._parts.observer.events(self.ledger, events)

    def _failures(self) -> list[Event]:
        return [Failed(n, reason, trace) for n, (reason, trace) in self._parts.cohort.failures().items()]

    def _stopping(self) -> bool:
        return self._parts.observer is not None and self._parts.observer.stopping()

    def _save(self, *, force: bool = False) -> None:
        """Snapshot the slots, and the best so far, where it is time."""
        if self._parts.keeper.best_due(self.ledger, force=force) is not None:
            self._save_best()
        if not force and time.perf_counter() - self._saved_at < INTERVAL:
            return
        name = snapshot_name(self._cursor)
        epochs = self._parts.cohort.save(self._parts.folder / name)
        self._tell([Snapshotted(name, epochs)])
        discard_obsolete(self._parts.folder, name)
        self._saved_at = time.perf_counter()

    def _leader(self) -> int | None:
        found = answer(self.ledger)
        return None if found is None else found.trial

    def _save_best(self) -> None:
        leader = self._leader()
        if leader is None:
            return
        members = self.ledger.scored.members if self.ledger.scored else []
        weights = self._weights(leader)
        if weights is not None:
            states = {trial: self._weights(trial) for trial in members}
            self._parts.keeper.save_best(self.ledger, weights, {t: s for t, s in states.items() if s})

    def _weights(self, number: int) -> State | None:
        """A trial's best weights: from its slot, or as kept on disk."""
        running = self.ledger.entries[number].status == "running"
        return self._parts.cohort.weights(number) if running else self._parts.keeper.kept(number)

    def _outputs(self, trial: Trial, weights: State, part: str) -> scoring.Outputs:
        examples = self._examples(trial.configuration.word("encoding"), part)
        return self._parts.cohort.apply(trial, weights, examples)

    def _examples(self, encoding: str, part: str) -> Examples:
        prepared = self._parts.prepared
        return prepared.split(encoding).valid if part == "valid" else prepared.test(encoding)

    def _compare(self) -> Compared:
        """The finalists against each other, row by row."""
        candidates, weights = finals.finalists(self.ledger), self._finalists()
        if not candidates:
            return Compared({})
        trials = {n: self.ledger.entries[n].trial for n in weights}
        outputs = {
            f.source: [self._outputs(trials[n], weights[n], "valid") for n in f.trials] for f in candidates
        }
        split, best = self._parts.prepared.split("plain"), finals.best_of(candidates).source
        return Compared(scoring.rows_error(outputs, best, split, self._parts.seed))

    def _finalists(self) -> dict[int, State]:
        """Weights of every finalist that was trained."""
        entries = [entry for seeds in self.ledger.finalists().values() for entry in seeds.values()]
        trained = [e.trial.number for e in entries if e.curve.best and not e.curve.best.diverged]
        return {number: self._parts.keeper.needed(number) for number in trained}

    def _conclude(self) -> None:
        """Score the answer on the test set, once, and write the best for good."""
        chosen = self.ledger.chosen
        if chosen is not None and chosen.trial is not None:
            done = self.ledger.scored is not None and self.ledger.scored.trial == chosen.trial
            weights = self._weights(chosen.trial)
            if not done and weights is not None:
                self._tell([self._score(chosen.trial, weights)])
        if self._parts.keeper.best_due(self.ledger, force=True) is not None:
            self._save_best()
        discard_obsolete(self._parts.folder, None)

    def _score(self, number: int, weights: State) -> Scored:
        split = self._parts.prepared.split("plain")
        parts = {"valid": split.valid, "test": self._parts.prepared.test("plain")}
        trial, states = self.ledger.entries[number].trial, self._finalists()
        alone = {
            part: scoring.scores(self._outputs(trial, weights, part), examples, split)
            for part, examples in parts.items()
        }
        valid = {n: self._outputs(self.ledger.entries[n].trial, w, "valid") for n, w in states.items()}
        found = scoring.greedy_average(valid, split)
        together, members = {}, []
        if found is not None:
            members = found[0]
            test = [self._outputs(self.ledger.entries[n].trial, states[n], "test") for n in members]
            together = {
                "validation": scoring.scores(found[1], split.valid, split),
                "test": scoring.scores(average(test, split.task), parts["test"], split),
            }
        return Scored(number, alone["valid"], alone["test"], together, members)


def _ended(decisions: Sequence[Decision]) -> list[int]:
    """Trials that these decisions end."""
    ends = [decision for decision in decisions if decision.action in ("stop", "finish")]
    return [decision.trial for decision in ends if decision.trial is not None]


def _findings(points: Sequence[Point]) -> list[Event]:
    found = [finding for point in points if (finding := diverging(point)) is not None]
    return [Found(found)] if found else []
