"""Parquet files."""

from __future__ import annotations

from pathlib import Path

from curvewise.data.table import Table
from curvewise.errors import DataError


def read_parquet(path: Path, source: str) -> Table:
    """The Parquet file at ``path``, types as stored. Raises DataError where it is damaged or empty."""
    import polars as pl

    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError(
            f"{source} cannot be read as Parquet: {str(error).splitlines()[0]}. Write the file again."
        ) from error
    if frame.height == 0:
        raise DataError(f"{source} has columns but no rows. Give a file with data in it.")
    return Table(frame=frame, target=None, source=source)
