"""Findings as they become certain, each said once."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import numpy.ma  # noqa: F401  np.median loads it when first called, 0.1 s that are not a training loop's

from curvewise.curves.run import Run
from curvewise.diagnosis.certainty import Growing
from curvewise.records import Diagnosis, Finding
from curvewise.report.advice import advice

LOGGER = logging.getLogger("curvewise")
"""A finding is a warning of this logger, which Python prints to stderr where nobody has said otherwise, and
which goes where a program sends its log. It is no ``warnings.warn``: those can be made errors, and a finding
must not end a training; and they are shown once per line of code, not once per finding."""


class Judgement:
    """Looks at a run again and again as it grows."""

    def __init__(self, run: Run, quiet: bool) -> None:
        self._growing = Growing(run)
        self._quiet = quiet

    @property
    def findings(self) -> tuple[Finding, ...]:
        """In the order in which they became certain; each sign once."""
        return tuple(self._growing.findings)

    def look(self, run: Run) -> None:
        """The run goes on; what is newly certain is said."""
        self._say(self._growing.look(run), run, logging.WARNING)

    def settle(self, run: Run) -> Diagnosis:
        """The run has ended: its diagnosis as a whole. Of a run without a fault advice is no warning."""
        new = self._growing.settle(run)
        diagnosis = self._growing.diagnosis
        self._say(new, run, logging.WARNING if diagnosis.verdict == "problem" else logging.INFO)
        return diagnosis

    def _say(self, findings: Iterable[Finding], run: Run, level: int) -> None:
        for finding in findings:
            if not self._quiet:
                LOGGER.log(level, "%s", said(finding, run))


def said(finding: Finding, run: Run) -> str:
    """``curvewise, step 1,200: diverging: the loss rose ... (learning rate: 0.1 -> 0.01)``."""
    what = advice(finding, run)
    todo = f" ({what})" if what else ""
    return f"curvewise, {run.unit} {finding.span[1]:,.10g}: {finding.sign}: {finding.reason}{todo}"
