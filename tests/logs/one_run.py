"""A log in a file, read as the one run that it holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from curvewise.curves.run import Quantity, Run
from curvewise.logs.columns import Columns
from curvewise.logs.reading import read


def run_of(path: Path, columns: Columns | None = None) -> Run:
    (run,) = read([str(path)], columns)
    return run


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def curve(run: Run, quantity: Quantity) -> list[tuple[float, float]]:
    """A series as (place, value), rounded to what a float32 holds."""
    series = run.series[quantity]
    return [(float(a), float(np.round(v, 6))) for a, v in zip(series.at, series.values, strict=True)]
