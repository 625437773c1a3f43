"""What was found in one run: three-way, and with what is missing where nothing can be told."""

from __future__ import annotations

from typing import Literal

import msgspec

from curvewise.records.finding import Finding

Verdict = Literal["problem", "healthy", "cannot tell"]


class Diagnosis(msgspec.Struct, frozen=True):
    """The verdict on one run. Findings are ordered by cause: what to mend first comes first."""

    run: str
    source: str
    points: int
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    missing: tuple[str, ...] = ()
    """What it would take to tell, a sentence each; empty where it could be told."""
    notes: tuple[str, ...] = ()
    """What was guessed, left out or damaged in reading it."""
