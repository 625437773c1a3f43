"""A run in, a three-way verdict out, with its findings ordered by cause."""

from __future__ import annotations

from curvewise.curves.features import ENOUGH, Features, features
from curvewise.curves.run import Run
from curvewise.diagnosis.signs.chance_level import not_learning
from curvewise.diagnosis.signs.divergence import non_finite, rising
from curvewise.diagnosis.signs.health import healthy
from curvewise.diagnosis.signs.overfitting import overfitting
from curvewise.records import Diagnosis, Finding, Verdict

SIGNS = (non_finite, rising, not_learning, overfitting)
"""Every sign of a problem, in order of cause: what is named first explains what comes after."""


def diagnose(run: Run) -> Diagnosis:
    """Read one run; pure, and the same for the same run."""
    seen = features(run)
    findings = tuple(finding for sign in SIGNS if (finding := sign(seen)) is not None)
    if findings:
        return _told(run, "problem", findings, ())
    fine = healthy(seen)
    if fine is not None:
        return _told(run, "healthy", (fine,), ())
    return _told(run, "cannot tell", (), missing(seen))


def _told(run: Run, verdict: Verdict, findings: tuple[Finding, ...], lacking: tuple[str, ...]) -> Diagnosis:
    return Diagnosis(run.name, run.source, run.points, verdict, findings, lacking, run.notes)


def missing(seen: Features) -> tuple[str, ...]:
    """What it would take to tell, a sentence each."""
    if not seen.shapes.keys() & {"train_loss", "valid_loss", "train_error", "valid_error"}:
        return ("there is no curve of a loss or an error in it",)
    curve = seen.curve
    if curve is None:
        most = max(shape.points for shape in seen.shapes.values())
        return (f"{most} points are too few: log at least {ENOUGH}, as evenly as possible",)
    return ("the curve moves no further than its own noise: train longer, or log averages over more steps",)
