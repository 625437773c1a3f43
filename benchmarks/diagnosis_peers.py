"""Runs other curve diagnosers on CSV files, in an environment of their own; started by diagnosis.py.

    python diagnosis_peers.py TOOL FOLDER

TOOL is runmedic, losslint, training-doctor or sk-autod; FOLDER holds NAME.csv with epoch, loss and val_loss.
Prints {"NAME": true | false | null}: flagged by a finding above the level of information (of any level by
losslint, which finds hardly anything else), or not; null where the tool failed or needs a curve that there
is not. Needs nothing of curvewise.
"""

from __future__ import annotations

import contextlib
import csv
import importlib
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Judge = Callable[[Path], "bool | None"]


def loud(findings: list[dict[str, Any]]) -> bool:
    """True where a finding is more than information."""
    return any(finding["severity"].lower() != "info" for finding in findings)


def printed(module: str, arguments: list[str]) -> Any:
    """What a tool's command line prints as JSON."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        importlib.import_module(module).main(arguments)
    return json.loads(out.getvalue())


def runmedic(path: Path) -> bool | None:
    """Runmedic, warnings and worse."""
    return any(loud(run["findings"]) for run in printed("runmedic.cli", ["diagnose", str(path), "--json"]))


def losslint(path: Path) -> bool | None:
    """Losslint, information, too: it calls stagnation no more than that."""
    return bool(printed("losslint.cli", ["check", str(path), "--format", "json"])["findings"])


def training_doctor(path: Path) -> bool | None:
    """training-doctor, warnings and worse."""
    doctor = importlib.import_module("training_doctor").Doctor()
    with contextlib.redirect_stdout(io.StringIO()):
        doctor.load(str(path))
        found = doctor.analyze()
    return any(each.severity.value != "info" for each in found)


def sk_autod(path: Path) -> bool | None:
    """sk-autod; it needs a validation loss."""
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if not rows or not rows[0].get("val_loss"):
        return None
    train, valid = ([float(row[name]) for row in rows] for name in ("loss", "val_loss"))
    report = importlib.import_module("sk_autod").diagnose(train, valid)
    return any(each.severity.value != "INFO" for each in report.findings)


TOOLS: dict[str, Judge] = {
    "runmedic": runmedic,
    "losslint": losslint,
    "training-doctor": training_doctor,
    "sk-autod": sk_autod,
}
"""What can be asked for."""


def main() -> None:
    """Judge every file of a folder."""
    tool, folder = TOOLS[sys.argv[1]], Path(sys.argv[2])
    verdicts: dict[str, bool | None] = {}
    for path in sorted(folder.glob("*.csv")):
        try:
            verdicts[path.stem] = tool(path)
        except Exception:
            verdicts[path.stem] = None
    json.dump(verdicts, sys.stdout)


if __name__ == "__main__":
    main()
