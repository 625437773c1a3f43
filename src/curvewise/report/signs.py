"""Signs in the curves of a study's trials: read anew from the history, and those that the race acted on."""

from __future__ import annotations

import heapq
import math

import msgspec

from curvewise.curves.features import ENOUGH
from curvewise.curves.ledger import Entry, Ledger
from curvewise.curves.of_trial import run_of
from curvewise.diagnosis.diagnose import diagnose
from curvewise.records import Finding

LENGTH = "epochs"
"""How long a trial trained is the race's choice and no fault of its own, unless it ran to its horizon."""


MOST = 50
"""Curves that are read for a study's summary, the longest: each takes some milliseconds, and nobody waits for
those of a thousand trials. The others keep what the race saw of them."""


def signs(ledger: Ledger) -> list[Finding]:
    """Findings of every trial, by number; of the ``MOST`` longest curves all that they show, by cause."""
    longest = set(heapq.nlargest(MOST, ledger.entries, key=lambda number: ledger.entries[number].curve.age))
    return [
        finding
        for number in ledger.entries
        for finding in (signs_of(ledger, number) if number in longest else _recorded(ledger, number))
    ]


def signs_of(ledger: Ledger, number: int) -> list[Finding]:
    """Findings of one trial: what its whole curve shows, else what the race saw on the way."""
    found = _seen(ledger, ledger.entries[number])
    return [_finite_evidence(finding) for finding in found] if found else _recorded(ledger, number)


def _recorded(ledger: Ledger, number: int) -> list[Finding]:
    return [_finite_evidence(finding) for finding in ledger.findings if finding.trial == number]


def _seen(ledger: Ledger, entry: Entry) -> list[Finding]:
    points = entry.curve.points
    if len(points) < ENOUGH and not any(point.diverged for point in points):
        return []  # nothing is told of so few points: spare the time
    diagnosis = diagnose(run_of(entry.trial, points, ledger.opened))
    if diagnosis.verdict != "problem":
        return []
    return [
        msgspec.structs.replace(finding, trial=entry.trial.number)
        for finding in diagnosis.findings
        if finding.hyperparameter != LENGTH or entry.curve.age >= entry.trial.horizon
    ]


def _finite_evidence(finding: Finding) -> Finding:
    """JSON has no infinity: evidence that is not finite is left out, as its ``reason`` says it in words."""
    evidence = {name: number for name, number in finding.evidence.items() if math.isfinite(number)}
    return msgspec.structs.replace(finding, evidence=evidence)
