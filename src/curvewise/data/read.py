"""The one door through which data comes in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from curvewise.data.archive import read_npz
from curvewise.data.bundled import BUNDLED, read_bundled
from curvewise.data.columnar import read_parquet
from curvewise.data.delimited import read_delimited
from curvewise.data.memory import read_memory
from curvewise.data.table import Table, nearest
from curvewise.errors import DataError

_TARGET_NAMES = ("target", "class", "label", "y")
_REFUSED = (
    (
        b"PK\x05\x06",
        "an archive without arrays; save rows and targets with numpy.savez(file, X=rows, y=targets)",
    ),
    (b"\x93NUMPY", "a single NumPy array; save rows and targets with numpy.savez(file, X=rows, y=targets)"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook; save its sheet as CSV (UTF-8)"),
    (b"SQLite format 3", "an SQLite database; export the table as CSV"),
    (b"\x89HDF", "an HDF5 file; save its arrays with numpy.savez(file, X=rows, y=targets)"),
    (b"ARROW1", "an Arrow file; write it as Parquet"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd; decompress it, or use gzip"),
    (b"BZh", "compressed by bzip2; decompress it, or use gzip"),
    (b"\xfd7zXZ", "compressed by xz; decompress it, or use gzip"),
)

_NO_TEXT = (".mat", ".npz", ".npy", ".parquet", ".gz")


def read(data: object, target: str | None = None) -> Table:
    """Read a table to learn from: a bundled name, a path, ``(X, y)``, arrays, frames or tensors.

    The target is ``target``; else the one given as y; else the first column named target, class,
    label or y, whatever the case; else the last column, which a note says. Raises DataError where
    the data cannot be read or has no such column.
    """
    table = read_rows(data)
    names = table.frame.columns
    if len(names) < 2:
        raise DataError(
            f"{table.source} has {len(names)} column; a target and at least one other are needed."
        )
    if target is not None:
        wanted = str(target)  # pandas names columns by numbers, too
        if wanted not in names:
            raise DataError(
                f"There is no target column {wanted!r} in {table.source}. {nearest(wanted, names)} "
                "Name one with --target."
            )
        return replace(table, target=wanted)
    if table.target is not None:
        return table
    folded = {name.lower(): name for name in reversed(names)}
    for usual in _TARGET_NAMES:
        if usual in folded and not (usual == "y" and "z" in folded):  # x, y, z are coordinates
            note = f"Target: column {folded[usual]!r} (choose another with --target)."
            return replace(table, target=folded[usual], notes=(*table.notes, note))
    note = f"Target: column {names[-1]!r}, the last one (choose another with --target)."
    return replace(table, target=names[-1], notes=(*table.notes, note))


def read_rows(data: object) -> Table:
    """Read a table whose target does not matter: new rows to predict. Raises DataError as ``read`` does."""
    if isinstance(data, Table):
        return data
    if isinstance(data, str) and data in BUNDLED:
        return read_bundled(data)
    table = _read_file(data) if isinstance(data, (str, Path)) else read_memory(data)
    if table.frame.height == 0:
        raise DataError(f"{table.source} has no rows. Give data with at least a few.")
    return table


def _read_file(data: str | Path) -> Table:
    path, source = Path(data).expanduser(), str(data)
    try:
        with path.open("rb") as file:
            head = file.read(16)
        refuse_empty(path, source)
        if head.startswith(b"PAR1"):
            return read_parquet(path, source)
        if head.startswith(b"PK\x03\x04"):
            return read_npz(path, source)
        for magic, kind in _REFUSED:
            if head.startswith(magic):
                raise DataError(f"{source} is {kind}.")
        return read_delimited(path, source)
    except FileNotFoundError as error:
        raise DataError(_not_found(path, source)) from error
    except IsADirectoryError as error:
        raise DataError(
            f"{source or 'The empty name'} is a folder without images in idx files (train-images-idx3-ubyte "
            "and train-labels-idx1-ubyte, gzipped or not); give one of its files, or a folder that has them."
        ) from error
    except OSError as error:
        raise DataError(
            f"{source} cannot be read: {error.strerror or error}. Look at its permissions."
        ) from error


def refuse_empty(path: Path, source: str) -> None:
    """Raise DataError on a file of 0 bytes whose name says that it is no text."""
    if path.suffix.lower() in _NO_TEXT and path.stat().st_size == 0:
        raise DataError(f"{source} is empty (0 bytes). Write or fetch the file again.")


def _not_found(path: Path, source: str) -> str:
    others = path.parent.iterdir() if path.parent.is_dir() else iter(())
    beside = [str(path.parent / other.name) for other in others if not other.name.startswith(".")]
    known = [*BUNDLED, *beside[:1000]]
    return (
        f"There is no file {source!r}, and no bundled set of that name. {nearest(source, known)} "
        f"Bundled sets are {', '.join(BUNDLED)}."
    )
