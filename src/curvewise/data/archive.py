"""npz archives of NumPy arrays: ``X`` and, for training, ``y``."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curvewise.data.memory import arrays_table
from curvewise.data.table import Table
from curvewise.errors import DataError

_ROWS = ("x", "data", "features")
_TARGETS = ("y", "target", "targets", "labels", "label")


def read_npz(path: Path, source: str) -> Table:
    """Rows from the array ``X`` (or ``data``, ``features``), targets from ``y`` (``target``, ``labels``).

    Raises DataError where the archive is damaged, holds pickled objects or lacks the rows.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            if any(name.startswith("xl/") for name in archive.files):
                raise DataError(f"{source} is an Excel workbook; save its sheet as CSV (UTF-8).")
            arrays = {name: archive[name] for name in archive.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        if "allow_pickle" not in str(error):
            raise DataError(f"{source} is damaged: {error}. Write or fetch the file again.") from error
        raise DataError(
            f"{source} holds an array of Python objects, which only unpickling could read, and unpickling "
            "runs code. Save numbers or fixed-width strings: array.astype(str) or array.astype(float)."
        ) from error
    rows = _find(arrays, _ROWS)
    if rows is None:
        raise DataError(
            f"{source} has no array named X, data or features; it has {', '.join(arrays) or 'none'}. "
            "Save it with numpy.savez(file, X=rows, y=targets)."
        )
    return arrays_table(rows, _find(arrays, _TARGETS), source)


def _find(arrays: dict[str, NDArray[np.generic]], names: tuple[str, ...]) -> NDArray[np.generic] | None:
    folded = {name.lower(): array for name, array in arrays.items()}
    return next((folded[name] for name in names if name in folded), None)
