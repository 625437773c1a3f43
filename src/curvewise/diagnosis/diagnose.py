"""A run in, a three-way verdict out, with its findings ordered by cause."""

from __future__ import annotations

from curvewise.curves.features import ENOUGH, Features, features
from curvewise.curves.run import CURVES, Run
from curvewise.diagnosis.signs.health import healthy
from curvewise.diagnosis.signs.table import told
from curvewise.records import Diagnosis, Finding, Verdict


def diagnose(run: Run) -> Diagnosis:
    """Read one run; pure, and the same for the same run.

    ``problem`` where a fault was found; else ``healthy`` where the curve shows that it is, with the reason
    as a finding whose direction is ``keep``, and advice after it, if any; else ``cannot tell`` with what is
    missing.
    """
    seen = features(run)
    found = told(seen)
    findings = tuple(finding for _, finding in found)
    if any(sign.fault for sign, _ in found):
        return _diagnosis(run, "problem", findings)
    fine = healthy(seen)
    if fine is not None:
        return _diagnosis(run, "healthy", (fine, *findings))
    return _diagnosis(run, "cannot tell", findings, missing(seen))


def _diagnosis(
    run: Run, verdict: Verdict, findings: tuple[Finding, ...], lacking: tuple[str, ...] = ()
) -> Diagnosis:
    return Diagnosis(run.name, run.source, run.points, verdict, findings, lacking, run.notes)


def missing(seen: Features) -> tuple[str, ...]:
    """What it would take to tell, a sentence each."""
    run = seen.run
    found = [shape for name, shape in seen.shapes.items() if name in CURVES]
    if not found:
        return ("there is no curve of a loss or an error in it",)
    curve = seen.curve
    if curve is None:
        most = max(shape.points for shape in found)
        what = f"{most} point{'' if most == 1 else 's'}"
        what += "" if most >= run.points else " of a loss or an error"
        what += " is too few" if most == 1 else " are too few"
        return (f"{what}: log at least {ENOUGH}, as evenly as possible",)
    lacking = []
    if curve.fall_in_errors < 3:
        lacking.append(
            "the curve moves no further than its own noise: train longer, or log averages of more steps"
        )
    else:
        lacking.append(
            "the curve fell and came back in part, or validation did not follow: train longer to see"
        )
    if seen.train is None and seen.train_error is None:
        lacking.append("there is no training curve: log the training loss beside that of validation")
    if seen.valid is None and seen.valid_error is None:
        lacking.append("there is no validation curve: log a validation loss to tell learning from memorising")
    return tuple(lacking)
