"""npz archives of NumPy arrays: ``X`` and, for training, ``y``."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curvewise.data.memory import arrays_table
from curvewise.data.splits import Rows
from curvewise.data.table import Table
from curvewise.errors import DataError

ROWS = ("x", "data", "features")
TARGETS = ("y", "target", "targets", "labels", "label")
"""Names under which rows and targets are looked for, whatever the case."""
OWN_SPLIT = ("x_train", "y_train", "x_test", "y_test")
"""Names of the arrays of files with a split of their own."""


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

    A file with a split of its own has them as ``x_train``, ``y_train``, ``x_test`` and ``y_test``. Raises
    DataError where the rows are lacking.
    """
    rows = find(arrays, ROWS)
    own = own_split(arrays, source) if rows is None else None
    if own is not None:
        note = f"The file's own split is kept: {', '.join(own.parts)}."
        return replace(arrays_table(own.rows, own.targets, source), given=own.parts, notes=(note,))
    if rows is None:
        raise DataError(
            f"{source} has no array named X, data or features; it has {', '.join(arrays) or 'none'}. "
            "Save it with numpy.savez(file, X=rows, y=targets)."
        )
    return arrays_table(rows, find(arrays, TARGETS), source)


class OwnSplit(NamedTuple):
    """Arrays of a file with a split of its own, training rows first."""

    rows: NDArray[np.generic]
    targets: NDArray[np.generic]
    parts: dict[str, Rows]


def own_split(arrays: Mapping[str, NDArray[np.generic]], source: str) -> OwnSplit | None:
    """Both parts together; None where the file lacks an array. Raises DataError where they differ."""
    x_train, y_train, x_test, y_test = (find(arrays, [name]) for name in OWN_SPLIT)
    if x_train is None or y_train is None or x_test is None or y_test is None:
        return None
    if x_train.shape[1:] != x_test.shape[1:]:
        raise DataError(
            f"x_train of {source} has shape {x_train.shape}, x_test {x_test.shape}: give all one shape."
        )
    for name, values, targets in (("train", x_train, y_train), ("test", x_test, y_test)):
        if len(values) != len(targets):
            raise DataError(f"x_{name} of {source} has {len(values)} rows but y_{name} has {len(targets)}.")
        if not len(values):
            raise DataError(f"x_{name} of {source} has no rows. Give it some, or save all rows as X and y.")
    ends = len(x_train), len(x_train) + len(x_test)
    parts = {"train": np.arange(ends[0]), "test": np.arange(*ends)}
    return OwnSplit(np.concatenate([x_train, x_test]), np.concatenate([y_train, y_test]), parts)


def find(arrays: Mapping[str, NDArray[np.generic]], names: Iterable[str]) -> NDArray[np.generic] | None:
    """The first of the arrays so named, whatever the case; None where there is none."""
    folded = {name.lower(): array for name, array in arrays.items()}
    return next((folded[name] for name in names if name in folded), None)
