"""The history folded into what is known of every trial; the one view that all readers share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from curvewise.curves.curve import Curve
from curvewise.records import (
    Compared,
    Decided,
    Decision,
    Event,
    Failed,
    Finding,
    Found,
    Noted,
    Observed,
    Opened,
    Restored,
    Resumed,
    Scored,
    Snapshotted,
    Trial,
)

Status = Literal["running", "stopped", "finished", "failed"]


@dataclass
class Entry:
    """What is known of one trial."""

    trial: Trial
    status: Status = "running"
    rule: str = ""
    """The rule that ended it."""
    reason: str = ""
    curve: Curve = field(default_factory=Curve)
    promoted: int = 0
    """Age at which it was last compared and went on."""
    why: str = ""
    """Why it was started."""


@dataclass
class Ledger:
    """Events in, knowledge out: ``apply`` is the only way in, and the order of events is all that counts."""

    opened: Opened | None = None
    entries: dict[int, Entry] = field(default_factory=dict)
    decisions: Counter[str] = field(default_factory=Counter)
    """How often each rule was applied."""
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    plan: Decision | None = None
    finalised: Decision | None = None
    compared: Compared | None = None
    chosen: Decision | None = None
    ended: Decision | None = None
    scored: Scored | None = None
    snapshot: Snapshotted | None = None
    budget: str = ""
    threads: int = 1
    elapsed: float = 0.0
    """Wall seconds of the study so far, summed over resumes."""
    slot_epochs: int = 0

    @classmethod
    def of(cls, events: Iterable[Event]) -> Ledger:
        """Fold a whole history."""
        ledger = cls()
        for event in events:
            ledger.apply(event)
        return ledger

    def running(self) -> list[int]:
        """Numbers of the trials that sit in a slot, in order."""
        return [n for n, entry in self.entries.items() if entry.status == "running"]

    def finalists(self) -> dict[int, dict[int, Entry]]:
        """Finalists that have trained and not failed: by their source, then by seed.

        The source is the trial whose configuration they have. One that the budget cut short is trained
        again once the budget has grown: the longer curve counts.
        """
        found: dict[int, dict[int, Entry]] = {}
        for entry in self.entries.values():
            source, seed = entry.trial.parent, entry.trial.seed
            trained = entry.trial.origin == "finalist" and entry.status != "failed" and entry.curve.age > 0
            if source is not None and trained:
                seeds = found.setdefault(source, {})
                if seed not in seeds or entry.curve.age >= seeds[seed].curve.age:
                    seeds[seed] = entry
        return found

    def apply(self, event: Event) -> None:  # noqa: PLR0912 - one line per kind of event
        """Take in one event."""
        match event:
            case Opened():
                self.opened, self.budget, self.threads = event, event.budget, event.threads
            case Observed(elapsed=elapsed, points=points):
                self.elapsed = elapsed
                self.slot_epochs += len(points)
                for point in points:
                    self.entries[point.trial].curve.add(point)
            case Decided(elapsed=elapsed, decisions=decisions):
                self.elapsed = elapsed
                for decision in decisions:
                    self._decide(decision)
            case Found(findings=findings):
                self.findings.extend(findings)
            case Restored(trial=trial, epoch=epoch):
                entry = self.entries[trial]
                self.slot_epochs -= max(0, entry.curve.age - epoch)
                entry.curve.cut(epoch)
                self.findings = [f for f in self.findings if f.trial != trial or f.span[1] <= epoch]
            case Failed(trial=trial, reason=reason):
                self._end(trial, "failed", "failed", reason)
                self.decisions["failed"] += 1
            case Snapshotted():
                self.snapshot = event
            case Resumed(elapsed=elapsed, budget=budget, threads=threads):
                if budget != self.budget:  # the race goes on: later finals replace these
                    self.ended = self.finalised = self.compared = self.chosen = None
                self.elapsed, self.budget, self.threads = elapsed, budget, threads
            case Noted(text=text):
                self.notes.append(text)
            case Compared():
                self.compared = event
            case Scored():
                self.scored = event

    def _decide(self, decision: Decision) -> None:
        self.decisions[decision.rule] += 1
        match decision.action:
            case "start" if decision.start is not None:
                self.entries[decision.start.number] = Entry(decision.start, why=decision.reason)
            case "stop" | "finish" if decision.trial is not None:
                status: Status = "stopped" if decision.action == "stop" else "finished"
                self._end(decision.trial, status, decision.rule, decision.reason)
                self.findings += [decision.finding] if decision.finding is not None else []
            case "promote" if decision.trial is not None:
                entry = self.entries[decision.trial]
                entry.promoted = entry.curve.age
            case "plan":
                self.plan = decision
            case "finalise":
                self.finalised = decision
            case "choose":
                self.chosen = decision
            case "end":
                self.ended = decision
            case _:
                pass

    def _end(self, trial: int, status: Status, rule: str, reason: str) -> None:
        entry = self.entries[trial]
        entry.status, entry.rule, entry.reason = status, rule, reason
