"""What there is to say: findings as they become certain, each once, and all of it for ``print``."""

from __future__ import annotations

import io
import logging
import math
from collections.abc import Iterable, Mapping

import numpy as np
import numpy.ma  # np.median loads it when first called, 0.1 s that are not a training loop's
from rich.console import Console

from curvewise.curves.run import Run
from curvewise.diagnosis.certainty import Growing
from curvewise.diagnosis.diagnose import diagnose
from curvewise.live.collected import Lengths
from curvewise.records import Diagnosis, Finding
from curvewise.report.advice import advice
from curvewise.report.diagnosis_text import run_report
from curvewise.report.glyphs import UNICODE

LOGGER = logging.getLogger("curvewise")
"""A finding is a warning of this logger, which Python prints to stderr where nobody has said otherwise, and
which goes where a program sends its log. It is no ``warnings.warn``: those can be made errors, and a finding
must not end a training; and they are shown once per line of code, not once per finding."""

WIDTH = 100
"""Columns of what is printed."""


class Judgement:
    """Looks at a run again and again as it grows.

    What numpy is told to raise in a program is not raised in here: curves have what numbers they have.
    """

    def __init__(self, run: Run, quiet: bool) -> None:
        self._growing = Growing(run)
        self._quiet = quiet

    @property
    def findings(self) -> tuple[Finding, ...]:
        """In the order in which they became certain; each sign once."""
        return tuple(self._growing.findings)

    def look(self, run: Run) -> None:
        """The run goes on; what is newly certain is said."""
        with np.errstate(all="ignore"):
            new = self._growing.look(run)
        self._say(new, run)

    def settle(self, run: Run) -> Diagnosis:
        """The run has ended: its diagnosis as a whole."""
        with np.errstate(all="ignore"):
            new = self._growing.settle(run)
        self._say(new, run)
        return self._growing.diagnosis

    def so_far(self, run: Run) -> Diagnosis:
        """The run's diagnosis as if it ended here; nothing is said."""
        with np.errstate(all="ignore"):
            return diagnose(run)

    def _say(self, findings: Iterable[Finding], run: Run) -> None:
        """Of a run without a fault advice is no warning."""
        level = logging.WARNING if self._growing.diagnosis.verdict == "problem" else logging.INFO
        for finding in findings:
            if not self._quiet:
                LOGGER.log(level, "%s", said(finding, run))


def said(finding: Finding, run: Run) -> str:
    """``curvewise, step 1,200: diverging: the loss rose ... (learning rate: 0.1 -> 0.01)``."""
    what = advice(finding, run)
    todo = f" ({what})" if what else ""
    return f"curvewise, {run.unit} {math.ceil(finding.span[1]):,}: {finding.sign}: {finding.reason}{todo}"


def told(run: Run, diagnosis: Diagnosis, layers: Mapping[str, Lengths], cost: float) -> str:
    """What ``curvewise diagnose`` prints of a log, then the layers as they were measured last."""
    console = Console(file=io.StringIO(), width=WIDTH, color_system=None, force_terminal=False)
    with console.capture() as printed, np.errstate(all="ignore"):
        console.print(run_report(run, diagnosis, WIDTH, UNICODE))
    lines = [line.rstrip() for line in printed.get().splitlines()]
    if layers:
        width = max(map(len, layers))
        lines += ["", f"{'layers':<{width}}  gradient norm  update ratio"]
        lines += [f"{name:<{width}}  {_row(lengths)}" for name, lengths in layers.items()]
    return "\n".join([*lines, "", f"watching took {cost:.2%} of the time"])


def _row(lengths: Lengths) -> str:
    ratio = lengths.update_ratio
    return f"{lengths.gradient_norm:>13.3g}  {'–' if ratio is None else format(ratio, '.3g'):>12}"
