"""A run that is looked at again as it grows: every finding is raised once, when it has become certain.

Pure: no clock, no files. Whole runs are looked at, since a log that is read again is thinned anew each time.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import final

import msgspec
import numpy as np

from curvewise.curves.features import features
from curvewise.curves.run import CURVES, Run
from curvewise.diagnosis.diagnose import diagnose
from curvewise.diagnosis.signs.table import live, told
from curvewise.records import Diagnosis, Finding

APART = 1.15
"""Points at one look / points at the look before: looks come ever more seldom, so that all of them together
cost O(log n) per point, and a finding is raised at most a third of the run after it could be seen first."""
GOES_ON = "the run goes on: what there is to say can only be said of a whole one"


@final
class Growing:
    """One run, looked at as it grows."""

    def __init__(self, run: Run) -> None:
        self.findings: list[Finding] = []
        """Raised so far, in the order in which they became certain; each sign once."""
        self.diagnosis = Diagnosis(run.name, run.source, run.points, "cannot tell", (), (GOES_ON,), run.notes)
        """As far as one can tell of a run that goes on."""
        self._extent = (0.0, 0.0)
        self._seen: set[str] = set()

    def look(self, run: Run) -> list[Finding]:
        """The run as it is now; returns what is newly certain: what two looks agree on, or is beyond doubt.

        Looks come as the run has grown by 15 %, or at once where it is no number any more.
        """
        extent = run.points, _length(run)
        grown = any(now >= APART * before for now, before in zip(extent, self._extent, strict=True))
        if not grown and not _lost(run):
            return []
        self._extent = extent
        found = told(features(run), live(run.points))
        findings = tuple(finding for _, finding in found)
        before, self._seen = self._seen, {finding.sign for finding in findings}
        self.diagnosis = diagnose(run)
        if any(sign.fault for sign, _ in found):
            self.diagnosis = msgspec.structs.replace(self.diagnosis, verdict="problem", findings=findings)
        elif self.diagnosis.verdict == "problem":
            self.diagnosis = msgspec.structs.replace(
                self.diagnosis, verdict="cannot tell", findings=findings, missing=(GOES_ON,)
            )
        return self._raised(each for each in findings if each.confidence >= 1 or each.sign in before)

    def settle(self, run: Run) -> list[Finding]:
        """The run has ended, or is taken to have: read it as a whole one; returns what that adds."""
        self.diagnosis = diagnose(run)
        return self._raised(each for each in self.diagnosis.findings if each.direction != "keep")

    def _raised(self, findings: Iterable[Finding]) -> list[Finding]:
        known = {finding.sign for finding in self.findings}
        new = [finding for finding in findings if finding.sign not in known]
        self.findings += new
        return new


def _length(run: Run) -> float:
    """Epochs or steps from the first point to the last: what grows where a long log is thinned."""
    ends = [(series.at[0], series.at[-1]) for series in run.series.values() if len(series)]
    return float(max(last for _, last in ends) - min(first for first, _ in ends)) if ends else 0.0


def _lost(run: Run) -> bool:
    """Whether a loss or an error is no number at its end."""
    ends = (run.series[name].values[-1:] for name in CURVES if name in run.series)
    return not all(np.isfinite(end).all() for end in ends)
