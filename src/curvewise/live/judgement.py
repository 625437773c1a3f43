"""Findings as they become certain, each said once."""

from __future__ import annotations

import logging

from curvewise.curves.run import Run
from curvewise.diagnosis.diagnose import diagnose
from curvewise.records import Diagnosis, Finding
from curvewise.report.advice import advice

LOGGER = logging.getLogger("curvewise")
"""A finding is a warning of this logger, which Python prints to stderr where nobody has said otherwise, and
which goes where a program sends its log. It is no ``warnings.warn``: those can be made errors, and a finding
must not end a training; and they are shown once per line of code, not once per finding."""
CERTAIN = 0.99
"""Confidence from which a finding needs no second look that agrees."""


class Judgement:
    """Looks at a run again and again."""

    def __init__(self, quiet: bool) -> None:
        self.findings: tuple[Finding, ...] = ()
        """In the order in which they became certain; each sign of a hyperparameter once."""
        self._quiet = quiet
        self._before: set[tuple[str, str | None]] = set()

    def look(self, run: Run, last: bool = False) -> Diagnosis:
        """The diagnosis of the run so far; raises what two looks agree on, and at the ``last`` one all."""
        diagnosis = diagnose(run)
        found = diagnosis.findings if diagnosis.verdict == "problem" else ()
        for finding in found:
            if last or finding.confidence >= CERTAIN or _name(finding) in self._before:
                self._raise(finding, run)
        self._before = {_name(finding) for finding in found}
        return diagnosis

    def _raise(self, finding: Finding, run: Run) -> None:
        if _name(finding) in map(_name, self.findings):
            return
        self.findings += (finding,)
        if not self._quiet:
            LOGGER.warning("%s", said(finding, run))


def _name(finding: Finding) -> tuple[str, str | None]:
    return finding.sign, finding.hyperparameter


def said(finding: Finding, run: Run) -> str:
    """``curvewise, step 1,200: diverging: the loss rose ... (learning rate: 0.1 -> 0.01)``."""
    what = advice(finding, run)
    told = f" ({what})" if what else ""
    return f"curvewise, {run.unit} {finding.span[1]:,.10g}: {finding.sign}: {finding.reason}{told}"
