"""npz archives of NumPy arrays: ``X`` and, for training, ``y``."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curvewise.data.memory import arrays_table
from curvewise.data.table import Table
from curvewise.errors import DataError

ROWS = ("x", "data", "features")
TARGETS = ("y", "target", "targets", "labels", "label")
"""Names under which rows and targets are looked for, whatever the case."""


def stored_arrays(path: Path, source: str) -> dict[str, NDArray[np.generic]]:
    """Every array of the archive by its name.

    Raises DataError where it is damaged or holds pickled objects.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            if any(name.startswith("xl/") for name in archive.files):
                raise DataError(f"{source} is an Excel workbook; save its sheet as CSV (UTF-8).")
            return {name: archive[name] for name in archive.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        if "allow_pickle" not in str(error):
            raise DataError(f"{source} is damaged: {error}. Write or fetch the file again.") from error
        raise DataError(
            f"{source} holds an array of Python objects, which only unpickling could read, and unpickling "
            "runs code. Save numbers or fixed-width strings: array.astype(str) or array.astype(float)."
        ) from error


def read_npz(path: Path, source: str) -> Table:
    """The table in the archive at ``path``, see ``table_of``."""
    return table_of(stored_arrays(path, source), source)


def table_of(arrays: Mapping[str, NDArray[np.generic]], source: str) -> Table:
    """Rows from the array ``X`` (or ``data``, ``features``), targets from ``y`` (``target``, ``labels``).

    Raises DataError where the rows are lacking.
    """
    rows = find(arrays, ROWS)
    if rows is None:
        raise DataError(
            f"{source} has no array named X, data or features; it has {', '.join(arrays) or 'none'}. "
            "Save it with numpy.savez(file, X=rows, y=targets)."
        )
    return arrays_table(rows, find(arrays, TARGETS), source)


def find(arrays: Mapping[str, NDArray[np.generic]], names: Iterable[str]) -> NDArray[np.generic] | None:
    """The first of the arrays so named, whatever the case; None where there is none."""
    folded = {name.lower(): array for name, array in arrays.items()}
    return next((folded[name] for name in names if name in folded), None)
