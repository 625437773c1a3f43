"""The door through which all kinds of data come in: tables, sequences, images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curvewise.data import idx, rolls
from curvewise.data.archive import ROWS, TARGETS, find, own_split, stored_arrays, table_of
from curvewise.data.arrays import Loose, set_of
from curvewise.data.bundled import BUNDLED
from curvewise.data.memory import arrays_table, kind_of, plain_array
from curvewise.data.read import read, refuse_empty
from curvewise.data.sets import ImageSet, SequenceSet
from curvewise.data.table import Table
from curvewise.errors import DataError, UsageError
from curvewise.records.model import Family, family_of

AnySet = Table | SequenceSet | ImageSet

_LENGTHS = ("lengths", "length")
_READS: dict[Family, tuple[str, str]] = {
    "perceptron": ("tables", "mlp"),
    "recurrent": ("sequences", "rnn or one of its cells, such as lstm"),
    "convolutional": ("images", "cnn"),
}


def open_data(data: object, target: str | None = None, model: str = "auto") -> AnySet:
    """Read what there is to learn from; ``model`` decides what arrays of three dimensions are.

    Raises DataError where it cannot be read, UsageError where ``model`` does not read such data.
    """
    family = family_of(model)
    found = _from_file(data, family) if isinstance(data, (str, Path)) else _from_memory(data, family)
    if found is None or isinstance(found, Table):
        found = read(data if found is None else found, target)
    elif target is not None:
        raise UsageError(f"--target names a column of a table, and {found.source} is none: leave it out.")
    kind = _kind(found)
    if family not in (None, kind):
        raise UsageError(
            f"--model {model} reads {_READS[family or kind][0]}, and {found.source} holds {_READS[kind][0]}: "
            f"leave --model out, or choose {_READS[kind][1]}."
        )
    if not isinstance(found, Table) and found.targets is None and found.given is None:
        raise DataError(
            f"{found.source} says nothing of what to predict: add y with one target for each row."
        )
    return found


def open_new(data: object, family: Family) -> SequenceSet | ImageSet:
    """New sequences or images to predict; targets, where there are any, do not matter.

    Raises DataError where it cannot be read or is of another kind.
    """
    found: SequenceSet | ImageSet | Table | None = None
    if isinstance(data, (str, Path)):
        path, source = Path(data).expanduser(), str(data)
        if not path.exists():
            raise DataError(f"There is no file {source!r}. A relative path starts where the command runs.")
        refuse_empty(path, source)
        if _starts(path, rolls.MAGIC):
            found = rolls.read_new_rolls(path, source)
        elif _is_idx(path):
            found = idx.read_new_images(path, source)
    found = found or _from_file_or_memory(data, family)
    if found is None or isinstance(found, Table) or _kind(found) != family:
        raise DataError(
            f"{data if isinstance(data, (str, Path)) else kind_of(data)} holds no {_READS[family][0]}, which "
            "this study was trained on. Give an array X of them in an npz file, or a file as in training."
        )
    return found


def _from_file_or_memory(data: object, family: Family) -> AnySet | None:
    if isinstance(data, (str, Path)):
        return _from_file(data, family, new=True)
    return _from_memory(data if isinstance(data, tuple) else (data, None), family)


def _kind(found: AnySet) -> Family:
    match found:
        case Table():
            return "perceptron"
        case SequenceSet():
            return "recurrent"
        case ImageSet():
            return "convolutional"


def _from_file(data: str | Path, family: Family | None, new: bool = False) -> AnySet | None:
    """What the file holds; None where ``read`` knows better."""
    path, source = Path(data).expanduser(), str(data)
    if source in BUNDLED:
        return None
    if path.is_dir() or _is_idx(path):
        read_images = idx.read_folder if path.is_dir() else idx.read_pair
        return _flattened(read_images(path, source), family)
    if _starts(path, rolls.MAGIC):
        return rolls.read_rolls(path, source)
    if not _starts(path, b"PK\x03\x04"):
        return None
    arrays = stored_arrays(path, source)
    loose = _loose(arrays, source, new)
    return table_of(arrays, source) if loose is None or family == "perceptron" else set_of(loose, family)


def _loose(arrays: Mapping[str, NDArray[Any]], source: str, new: bool) -> Loose | None:
    """Arrays of three or more dimensions; None where there are none.

    In files with a split of their own the steps come last, as in the UCR and UEA archives and in aeon,
    which write them so.
    """
    values = find(arrays, ROWS)
    if values is not None:
        targets = None if new else find(arrays, TARGETS)
        return Loose(values, targets, find(arrays, _LENGTHS), source) if values.ndim > 2 else None
    x_test = find(arrays, ["x_test"])
    if new and x_test is not None and x_test.ndim > 2:
        return Loose(x_test, None, None, source, steps_last=x_test.dtype != np.uint8)
    own = own_split(arrays, source)
    if own is None or own.rows.ndim < 3:
        return None
    return Loose(own.rows, own.targets, None, source, own.parts, steps_last=own.rows.dtype != np.uint8)


def _from_memory(data: object, family: Family | None) -> SequenceSet | ImageSet | None:
    """``(X, y)`` or ``(X, y, lengths)`` with X of three or more dimensions, or a list of (T, D) arrays."""
    if isinstance(data, (SequenceSet, ImageSet)):
        return data
    if family == "perceptron" or not isinstance(data, tuple) or len(data) not in (2, 3):
        return None
    values: NDArray[Any] | tuple[NDArray[Any], ...] | None = plain_array(data[0])
    if values is None and isinstance(data[0], (list, tuple)):
        values = _listed(data[0], family)
    if values is None or (isinstance(values, np.ndarray) and values.ndim < 3):
        return None
    lengths = np.asarray(data[2]) if len(data) == 3 else None
    return set_of(Loose(values, data[1], lengths, "(X, y)" if data[1] is not None else "X", None), family)


def _listed(
    examples: Sequence[object], family: Family | None
) -> NDArray[Any] | tuple[NDArray[Any], ...] | None:
    """A list of arrays: sequences (T, D), or images (height, width[, channels]) of one size; else None."""
    arrays = [array for each in examples if (array := plain_array(each)) is not None]
    if len(arrays) < len(examples) or not arrays or {each.ndim for each in arrays} - {2, 3}:
        return None
    if arrays[0].ndim == 2 and family != "convolutional":
        return tuple(arrays)
    for i, each in enumerate(arrays):
        if each.shape != arrays[0].shape:
            raise DataError(
                f"Image {i + 1} of X has shape {each.shape}, the first {arrays[0].shape}: give all images "
                "one size."
            )
    return np.stack(arrays)


def _flattened(found: ImageSet | None, family: Family | None) -> ImageSet | Table | None:
    """A table with a column for each pixel, where a perceptron is asked for."""
    if found is None or family != "perceptron" or found.targets is None:
        return found
    table = arrays_table(found.pixels, found.targets.to_numpy(), found.source)
    return Table(table.frame, table.target, found.source, found.notes, given=found.given)


def _starts(path: Path, magic: bytes) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(magic)) == magic
    except OSError:
        return False


def _is_idx(path: Path) -> bool:
    try:
        return path.is_file() and idx.is_idx(path)
    except OSError:
        return False
