"""When a finding in a run that still grows is certain enough to be said, once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import final

from curvewise.curves.run import Run
from curvewise.diagnosis.diagnose import diagnose
from curvewise.records import Diagnosis, Finding

CERTAIN = 0.99
"""Confidence from which a finding needs no second look that agrees: numbers that are not finite, say."""
LENGTH = "epochs"
"""A run that goes on has not been stopped, too early or at all."""


@final
class Growing:
    """One run, looked at again and again as it grows."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        """Raised so far, in the order in which they became certain; a sign of a hyperparameter once."""
        self.diagnosis: Diagnosis | None = None
        """Of the last look."""
        self._pending: tuple[Finding, ...] = ()

    def look(self, run: Run) -> list[Finding]:
        """Diagnose the run as it is now; returns what is newly certain: two looks agree, or one is sure.

        Each look is to be at more points than the last.
        """
        before = {_name(finding) for finding in self._pending}
        self.diagnosis = diagnose(run)
        self._pending = self.diagnosis.findings if self.diagnosis.verdict == "problem" else ()
        return self._raised(
            finding
            for finding in self._pending
            if finding.hyperparameter != LENGTH
            and (finding.confidence >= CERTAIN or _name(finding) in before)
        )

    def settle(self) -> list[Finding]:
        """The run has ended, or is taken to have: what its last look found and nobody has been told yet."""
        return self._raised(self._pending)

    def _raised(self, findings: Iterable[Finding]) -> list[Finding]:
        known = {_name(finding) for finding in self.findings}
        new = [finding for finding in findings if _name(finding) not in known]
        self.findings += new
        return new


def _name(finding: Finding) -> tuple[str, str | None]:
    return finding.sign, finding.hyperparameter
