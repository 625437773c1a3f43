"""Data that is already in memory: NumPy arrays, polars and pandas frames, torch tensors, lists of rows.

pandas and torch are recognised by what their objects can do, so neither is imported here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from curvewise.data.table import Table
from curvewise.errors import DataError

if TYPE_CHECKING:
    import polars as pl


def read_memory(data: object) -> Table:
    """A table of ``(X, y)``, of ``X`` alone, or of a frame that holds its target as a column.

    Raises DataError where the shapes do not fit or the kind of object is not known.
    """
    if isinstance(data, tuple):
        if len(data) != 2:
            raise DataError(f"Data given as a tuple must be (X, y); this one has {len(data)} parts.")
        return _with_target(data[0], data[1])
    return Table(frame=_frame(data), target=None, source=kind_of(data))


def arrays_table(rows: NDArray[np.generic], targets: NDArray[np.generic] | None, source: str) -> Table:
    """A table of arrays: columns ``x0 ... x(D-1)``, and ``target`` where ``targets`` (N,) are given."""
    frame = _array_frame(rows)
    if targets is None:
        return Table(frame=frame, target=None, source=source)
    return _join(frame, target_series(targets), source)


def _with_target(rows: object, targets: object) -> Table:
    return _join(_frame(rows), target_series(targets), f"({kind_of(rows)}, {kind_of(targets)})")


def _join(frame: pl.DataFrame, target: pl.Series, source: str) -> Table:
    if len(target) != frame.height:
        raise DataError(
            f"X has {frame.height} rows but y has {len(target)} in {source}. Give one target for each row."
        )
    wanted = (target.name, "target", "y", "curvewise_target")
    name = next(n for n in wanted if n and n not in frame.columns)
    return Table(frame=frame.with_columns(target.alias(name)), target=name, source=source)


def _frame(data: object) -> pl.DataFrame:
    import polars as pl

    if isinstance(data, pl.LazyFrame):
        data = data.collect()
    if isinstance(data, pl.DataFrame):
        return data
    if _is_pandas(data) and hasattr(data, "columns"):
        return _from_pandas(data)
    if isinstance(data, list):
        return _from_rows(data)
    if isinstance(data, Mapping):
        return pl.DataFrame([_series(str(name), values) for name, values in data.items()])
    array = plain_array(data)
    if array is None:
        raise DataError(
            f"Data of type {kind_of(data)} cannot be read. Give a file, a bundled name, a polars or pandas "
            "frame, a NumPy array, torch tensor or list of rows with its target in the last column, or a "
            "tuple (X, y)."
        )
    return _array_frame(array)


def _from_rows(rows: list[Any]) -> pl.DataFrame:
    import polars as pl

    widths = {len(row) if isinstance(row, (list, tuple, np.ndarray)) else None for row in rows}
    if len(widths) != 1 or None in widths:
        raise DataError("A list of data must hold rows of one length, each of them a list of values.")
    return pl.DataFrame([_series(f"x{i}", list(column)) for i, column in enumerate(zip(*rows, strict=True))])


def _array_frame(array: NDArray[np.generic]) -> pl.DataFrame:
    import polars as pl

    if array.ndim < 2:
        raise DataError(f"Rows must be an array of 2 dimensions (rows, columns); this one has {array.ndim}.")
    if len(array) == 0:
        raise DataError("The array has no rows. Give data with at least a few.")
    flat = np.ascontiguousarray(array.reshape(len(array), -1))
    return pl.DataFrame([_series(f"x{i}", flat[:, i]) for i in range(flat.shape[1])])


def target_series(targets: object) -> pl.Series:
    """One value for each row; raises DataError where ``targets`` are anything else."""
    if hasattr(targets, "columns"):  # a frame of one column
        frame = _frame(targets)
        if frame.width != 1:
            raise DataError(f"y must be one column; this frame has {frame.width}.")
        return frame.to_series()
    array = plain_array(targets)
    if array is not None:
        if array.ndim == 2 and array.shape[1] == 1:
            array = array[:, 0]
        if array.ndim != 1:
            raise DataError(f"y must hold one number or label for each row; its shape is {array.shape}.")
        return _series("", array)
    name = getattr(targets, "name", None)
    return _series(str(name) if name is not None else "", targets)


def _from_pandas(data: Any) -> pl.DataFrame:
    import polars as pl

    names = [str(name) for name in data.columns]
    repeated = next((name for name, count in Counter(names).items() if count > 1), None)
    if repeated is not None:
        raise DataError(f"The pandas frame has several columns named {repeated!r}. Rename all but one.")
    return pl.DataFrame([_series(name, data.iloc[:, i]) for i, name in enumerate(names)])


def _series(name: str, values: Any) -> pl.Series:
    """A column of whatever holds its values: booleans, numbers, dates and strings keep their type."""
    import polars as pl

    if isinstance(values, pl.Series):
        return values.alias(name)
    if _is_pandas(values):
        kind = getattr(values.dtype, "kind", "O")
        plain = kind in "biuf" and isinstance(values.dtype, np.dtype)
        values = values.to_numpy() if plain or kind == "M" else values.astype(object).tolist()
    if isinstance(values, np.ndarray) and values.dtype.kind in "biufMmU":
        wide = values.astype(np.float32) if values.dtype == np.float16 else values
        return pl.Series(name, wide.astype(str).tolist() if wide.dtype.kind == "U" else wide)
    if isinstance(values, np.ndarray) and values.dtype.kind == "c":
        raise DataError(
            f"Column {name!r} holds complex numbers. Give real and imaginary parts as columns of their own."
        )
    return _objects(name, list(values))


def _objects(name: str, values: list[Any]) -> pl.Series:
    import polars as pl

    kept = [None if _is_missing(value) else value for value in values]
    kinds = {type(value) for value in kept if value is not None}
    if len(kinds) > 1 and all(
        issubclass(kind, (int, float, np.number)) and kind is not bool for kind in kinds
    ):
        return pl.Series(name, kept, dtype=pl.Float64, strict=False)
    if len(kinds) > 1:
        return pl.Series(name, [None if value is None else str(value) for value in kept], dtype=pl.String)
    try:
        return pl.Series(name, kept)
    except (TypeError, pl.exceptions.PolarsError):
        return pl.Series(name, [None if value is None else str(value) for value in kept], dtype=pl.String)


def _is_missing(value: object) -> bool:
    """True for None and for what is not equal to itself: NaN, NaT (pandas.NA refuses to be compared)."""
    try:
        return value is None or not bool(value == value)  # noqa: PLR0124 - the definition of NaN
    except (TypeError, ValueError):
        return True


def plain_array(data: object) -> NDArray[np.generic] | None:
    """The array or tensor ``data`` as an array; None where it is neither."""
    tensor: Any = data
    if hasattr(tensor, "detach") and hasattr(tensor, "cpu"):
        tensor = tensor.detach().cpu()
        try:
            return np.asarray(tensor.numpy())
        except TypeError:  # bfloat16 and its like, which NumPy does not have
            return np.asarray(tensor.float().numpy())
    if isinstance(data, np.ma.MaskedArray):
        return _unmasked(data)
    return data if isinstance(data, np.ndarray) else None


def _unmasked(array: np.ma.MaskedArray[Any, Any]) -> NDArray[np.generic]:
    """What is masked is missing: NaN among numbers, None among anything else.

    Raises DataError where three dimensions or more, which have no missing values, are masked in places.
    """
    mask = np.ma.getmaskarray(array)
    if not mask.any():
        return np.asarray(array.data)
    if array.ndim > 2:
        place = ", ".join(str(int(i)) for i in np.argwhere(mask)[0])
        raise DataError(
            f"The array is masked at [{place}] (counted from 0), but sequences and images have no missing "
            "values. Fill it in, X.filled(value), or leave the example out."
        )
    unmasked = array.data.astype(np.float64 if array.dtype.kind in "biuf" else object)
    unmasked[mask] = np.nan if unmasked.dtype.kind == "f" else None
    return np.asarray(unmasked)


def _is_pandas(data: object) -> bool:
    return type(data).__module__.partition(".")[0] == "pandas"


def kind_of(data: object) -> str:
    """What a message calls an object in memory: ``numpy.ndarray``."""
    return f"{type(data).__module__.partition('.')[0]}.{type(data).__name__}"
