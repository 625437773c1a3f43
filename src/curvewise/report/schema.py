"""The published JSON schemas of everything that ``--json`` prints, made from the records themselves.

``python -m curvewise.report.schema docs/schemas`` writes them anew.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from curvewise.report.diagnosed import Diagnosed, Raised
from curvewise.report.importance.record import Importances
from curvewise.report.machine import Machine
from curvewise.report.summary import Summary
from curvewise.report.trial import TrialReport

RECORDS: dict[str, type[msgspec.Struct]] = {
    "study": Summary,
    "trial": TrialReport,
    "importance": Importances,
    "doctor": Machine,
    "diagnosis": Diagnosed,
    "watch": Raised,
}
"""By file name: ``tune``, ``resume``, ``show`` print a study, ``show --trial`` a trial, ``importance`` what
mattered, ``diagnose`` runs;
``watch`` prints a line for each finding."""


def schema(name: str) -> str:
    """The schema of one record as JSON text (draft 2020-12)."""
    described = msgspec.json.schema(RECORDS[name])
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"curvewise {name}"}
    return msgspec.json.format(msgspec.json.encode({**head, **described}), indent=2).decode() + "\n"


def main(folder: str) -> None:
    """Write every schema into ``folder``."""
    for name in RECORDS:
        (Path(folder) / f"{name}.json").write_text(schema(name))


if __name__ == "__main__":
    main(sys.argv[1])
