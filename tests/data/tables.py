"""Tables that the tests of curvewise.data share."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from curvewise.data.table import Table


def mixed_table(rows: int = 300, seed: int = 0) -> Table:
    """Every kind of column, values missing in most, three classes."""
    generator = np.random.default_rng(seed)

    def gaps(values: np.ndarray) -> list[object]:
        return [None if generator.random() < 0.1 else v for v in values.tolist()]

    start = np.datetime64("2023-01-01")
    frame = pl.DataFrame(
        {
            "height": gaps(generator.normal(170, 10, rows)),
            "visits": generator.poisson(1.0, rows),
            "member": gaps(generator.random(rows) < 0.5),
            "colour": gaps(generator.choice(["red", "green", "blue"], rows)),
            "town": gaps(generator.choice([f"town {i}" for i in range(30)], rows)),
            "joined": (start + generator.integers(0, 700, rows)).astype("datetime64[ms]"),
            "kind": generator.choice(["a", "b", "c"], rows, p=[0.6, 0.3, 0.1]),
        }
    )
    return Table(frame=frame, target="kind", source="mixed")


def shared_data() -> Path:
    """The folder of real tables, or a skipped test where it is absent."""
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    folder = Path(os.environ.get("CURVEWISE_DATA", beside)) / "tabular"
    if not (folder / "index.csv").exists():
        pytest.skip(
            "the real tables are absent: set CURVEWISE_DATA to the folder that holds tabular/index.csv"
        )
    return folder
