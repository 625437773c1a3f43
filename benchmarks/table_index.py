"""The development data's tables."""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

STEP = 3
"""Every third table is reported (``quality.py``); what is chosen is chosen by the others (``finals.py``)."""


def tables() -> list[dict[str, str]]:
    """The index's rows; ``file`` is where the table lies. Ends the program where there are no data."""
    folder = Path(os.environ.get("CURVEWISE_DATA", "../shared/data")) / "tabular"
    if not (folder / "index.csv").exists():
        sys.exit(f"there is no {folder}/index.csv: point CURVEWISE_DATA at the development data")
    with (folder / "index.csv").open() as index:
        return [row | {"file": str(folder / row["file"])} for row in csv.DictReader(index)]
