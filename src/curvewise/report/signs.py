"""Signs in the curves of a study's trials: read anew from the history, and those that the race acted on."""

from __future__ import annotations

import math

import msgspec

from curvewise.curves.features import ENOUGH
from curvewise.curves.ledger import Entry, Ledger
from curvewise.curves.of_trial import run_of
from curvewise.diagnosis.diagnose import diagnose
from curvewise.records import Finding

LENGTH = "epochs"
"""How long a trial trained is the race's choice and no fault of its own, unless it ran to its horizon."""


def signs(ledger: Ledger) -> list[Finding]:
    """Findings of every trial, by number, in each by cause; about a millisecond for each trial."""
    return [finding for number in ledger.entries for finding in signs_of(ledger, number)]


def signs_of(ledger: Ledger, number: int) -> list[Finding]:
    """Findings of one trial: what its whole curve shows, else what the race saw on the way."""
    entry = ledger.entries[number]
    recorded = [finding for finding in ledger.findings if finding.trial == number]
    return [_finite_evidence(finding) for finding in _seen(ledger, entry) or recorded]


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
