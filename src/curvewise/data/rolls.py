"""Polyphonic music as MATLAB files hold it: piano rolls, in which every step predicts the next.

The files of Boulanger-Lewandowski et al. 2012 (arXiv 1206.6392) as used by Chung et al. 2014, Greff
et al. 2015 and Bai et al. 2018: cell arrays ``traindata``, ``validdata`` and ``testdata`` of (T, 88)
arrays of 0 and 1.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curvewise.data.sets import SequenceSet
from curvewise.errors import DataError

MAGIC = b"MATLAB "
_PARTS = {"train": "traindata", "valid": "validdata", "test": "testdata"}


def read_rolls(path: Path, source: str) -> SequenceSet:
    """All three parts of the file, with the split that it gives.

    Raises DataError where it is damaged, lacks a variable, or holds anything but rolls of 0 and 1 of at
    least two steps, with the variable, sequence and step.
    """
    found = _variables(path, source)
    missing = [name for name in _PARTS.values() if name not in found]
    if missing:
        raise DataError(
            f"{source} has no variable {missing[0]}; it has {', '.join(sorted(found)) or 'none'}. A file of "
            f"sequences in which every step predicts the next has cell arrays {', '.join(_PARTS.values())} "
            "of (steps, labels) arrays of 0 and 1."
        )
    steps: list[NDArray[Any]] = []
    given = {}
    for part, name in _PARTS.items():
        rolls = _rolls(found[name], name, source, least=2)
        given[part] = np.arange(len(steps), len(steps) + len(rolls))
        steps += rolls
    _check_widths(steps, source)
    notes = ("The file's own split into train, valid and test is kept.",)
    return SequenceSet(tuple(steps), None, source, given, notes)


def read_new_rolls(path: Path, source: str) -> SequenceSet:
    """Rolls to predict: ``testdata`` where there is one, else the file's only variable."""
    found = _variables(path, source)
    name = _PARTS["test"] if _PARTS["test"] in found else next(iter(found), "")
    if name != _PARTS["test"] and len(found) != 1:
        raise DataError(
            f"{source} has {', '.join(sorted(found)) or 'no variable'}: name the one to predict testdata."
        )
    steps = _rolls(found[name], name, source, least=1)
    _check_widths(steps, source)
    return SequenceSet(tuple(steps), None, source)


def _variables(path: Path, source: str) -> dict[str, NDArray[Any]]:
    from scipy.io import loadmat  # takes a while

    try:
        loaded = loadmat(path)
    except NotImplementedError as error:
        raise DataError(
            f"{source} is a MATLAB 7.3 file; save it with save(file, '-v7') in MATLAB, which this reads."
        ) from error
    except Exception as error:  # scipy raises whatever the damaged place leads to
        raise DataError(f"{source} is damaged: {error}. Write or fetch the file again.") from error
    return {name: value for name, value in loaded.items() if not name.startswith("__")}


def _rolls(cells: NDArray[Any], name: str, source: str, least: int) -> list[NDArray[Any]]:
    """Each cell as (T, C) uint8."""
    if cells.dtype == object and not cells.size:
        raise DataError(f"{name} in {source} holds no sequences. Give it at least one, or drop the file.")
    if cells.dtype != object:
        raise DataError(
            f"{name} in {source} is an array of {cells.dtype}, shape {cells.shape}; it must be a cell array "
            "that holds one (steps, labels) array for each sequence."
        )
    return [
        _roll(cell, f"sequence {i + 1} of {name} in {source}", least) for i, cell in enumerate(cells.flat)
    ]


def _roll(cell: Any, where: str, least: int) -> NDArray[Any]:
    values = np.asarray(cell)
    if values.ndim != 2 or values.dtype.kind not in "biuf":
        raise DataError(f"{where} has shape {values.shape} and type {values.dtype}, not (steps, labels).")
    if len(values) < least:
        raise DataError(
            f"{where} has {'1 step' if len(values) == 1 else f'{len(values)} steps'}; at least {least} "
            + ("are needed (each predicts the next)." if least > 1 else "is needed.")
        )
    wrong = (values != 0) & (values != 1)
    if wrong.any():
        step, label = (int(i) for i in np.argwhere(wrong)[0])
        raise DataError(
            f"{where} holds {values[step, label]:g} at step {step + 1}, label {label + 1}; labels are 0 or 1."
        )
    return np.ascontiguousarray(values, dtype=np.uint8)


def _check_widths(steps: list[NDArray[Any]], source: str) -> None:
    width = steps[0].shape[1]
    for i, values in enumerate(steps):
        if values.shape[1] != width or not width:
            raise DataError(
                f"Sequence {i + 1} of {source} has {values.shape[1]} labels, the first has {width}: "
                "give all sequences the same labels."
            )
