"""Diagnoses of runs in one record: what ``diagnose --json`` prints, and ``watch --json`` by line."""

from __future__ import annotations

import math

import msgspec

from curvewise.curves.run import Run, Unit
from curvewise.records import Diagnosis, Direction, Finding, Verdict
from curvewise.report.advice import advice


class Seen(msgspec.Struct, frozen=True):
    """A sign in a run's curves."""

    sign: str
    hyperparameter: str | None
    """The suspect; null where none is at fault."""
    direction: Direction
    factor: float | None
    """New value = old value x factor; null where there is nothing to multiply."""
    advice: str
    """The change as a sentence, with values where the present one is known; empty where there is none."""
    confidence: float
    """0 to 1."""
    span: tuple[float | None, float | None]
    """First and last epoch or step that show it."""
    evidence: dict[str, float]
    """Numbers that are finite; the others are said in ``reason``."""
    reason: str
    source: str


class DiagnosedRun(msgspec.Struct, frozen=True):
    """One run with its verdict."""

    run: str
    source: str
    unit: Unit
    """What spans count."""
    points: int
    verdict: Verdict
    findings: list[Seen]
    """By cause: what to mend first comes first."""
    missing: list[str]
    """What it would take to tell."""
    notes: list[str]
    """What was guessed, left out or damaged in reading it."""


class Unreadable(msgspec.Struct, frozen=True):
    """A path that gave no run."""

    source: str
    reason: str


class Diagnosed(msgspec.Struct, frozen=True):
    """All runs of a command."""

    runs: list[DiagnosedRun]
    unreadable: list[Unreadable]


class Raised(msgspec.Struct, frozen=True):
    """A finding of a run that is being watched, when it became certain."""

    time: str
    """ISO 8601, with the offset from UTC."""
    run: str
    source: str
    unit: Unit
    points: int
    """Of the run so far."""
    finding: Seen


def diagnosed_run(run: Run, diagnosis: Diagnosis) -> DiagnosedRun:
    """A run's diagnosis with the advice in words."""
    return DiagnosedRun(
        run=run.name,
        source=run.source,
        unit=run.unit,
        points=run.points,
        verdict=diagnosis.verdict,
        findings=[seen(finding, run) for finding in diagnosis.findings],
        missing=list(diagnosis.missing),
        notes=list(dict.fromkeys((*run.notes, *diagnosis.notes))),
    )


def seen(finding: Finding, run: Run) -> Seen:
    """A finding as JSON can have it."""
    return Seen(
        sign=finding.sign,
        hyperparameter=finding.hyperparameter,
        direction=finding.direction,
        factor=_finite(finding.factor),
        advice=advice(finding, run),
        confidence=finding.confidence,
        span=(_finite(finding.span[0]), _finite(finding.span[1])),
        evidence={name: number for name, number in finding.evidence.items() if math.isfinite(number)},
        reason=finding.reason,
        source=finding.source,
    )


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None
