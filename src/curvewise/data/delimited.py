"""Text files of delimited values: CSV, TSV and their like, gzipped or not."""

from __future__ import annotations

import gzip
import zlib
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from curvewise.data.layout import exact_rows, quick_lines, records
from curvewise.data.table import Table
from curvewise.errors import DataError

if TYPE_CHECKING:
    import polars as pl

_DELIMITERS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}
_OTHER_ENCODINGS = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))


def read_delimited(path: Path, source: str) -> Table:
    """The file at ``path``: names in its first line, every value a string.

    UTF-8; a byte order mark is skipped. The delimiter (comma, tab, semicolon, bar) is the one that the
    first line holds most of; double quotes protect it. Blank lines are skipped, ``\\r\\n`` is read as
    ``\\n``, a decimal comma in a file with semicolons as a decimal point. Raises DataError, with the
    line, for whatever is not such a file.
    """
    text = _decoded(_contents(path, source), source)
    if not text.strip():
        raise DataError(f"{source} is empty. Give a file with a line of column names and rows below it.")
    if text.lstrip()[:1] in (b"{", b"[") and text.rstrip()[-1:] in (b"}", b"]"):
        raise DataError(
            f"{source} is JSON; write its records as CSV or Parquet, for instance by "
            "pandas.read_json(file).to_csv(new, index=False)."
        )
    text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    first = text[: text.find(b"\n")] if b"\n" in text else text
    if first.count(b'"') % 2:
        raise DataError(
            f"Line 1 of {source} ends within double quotes. Close them, or take the line break out of that "
            "column's name."
        )
    delimiter = max(_DELIMITERS, key=lambda mark: first.count(mark.encode()))
    names = _names(records(first.decode(), delimiter, source)[0][0], source)
    table = _table(text, names, delimiter, source)
    return _decimal_points(table) if delimiter == ";" else table


def _contents(path: Path, source: str) -> bytes:
    raw = path.read_bytes()
    if raw[:2] != b"\x1f\x8b":
        return raw
    try:
        return gzip.decompress(raw)
    except (EOFError, OSError, zlib.error) as error:
        raise DataError(
            f"{source} is a damaged or truncated gzip file ({error}). Fetch or compress it again."
        ) from error


def _decoded(raw: bytes, source: str) -> bytes:
    """The same bytes without a byte order mark, once they are known to be UTF-8 text."""
    for mark, name in _OTHER_ENCODINGS:
        if raw.startswith(mark):
            raise DataError(f"{source} is encoded as {name}; UTF-8 is expected. {_conversion(name, source)}")
    if b"\x00" in raw:
        _refuse_unmarked(raw, source)
        offset = raw.index(b"\x00")
        raise DataError(
            f"{source} holds a NUL byte at byte {offset}, line {raw.count(10, 0, offset) + 1}: it is not a "
            "text file, or was damaged. Give CSV, TSV, Parquet or npz."
        )
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(10, 0, error.start) + 1
        raise DataError(
            f"{source} is not UTF-8: byte {error.start}, line {line}, is 0x{raw[error.start]:02x}. "
            f"{_conversion('LATIN1', source)}"
        ) from error
    return raw.removeprefix(b"\xef\xbb\xbf")


def _refuse_unmarked(raw: bytes, source: str) -> None:
    """DataError where every other byte is NUL, as in UTF-16 of western text without a byte order mark."""
    for start, name in ((1, "UTF-16LE"), (0, "UTF-16BE")):
        every_other = raw[start:200:2]
        if every_other and every_other.count(0) > 0.9 * len(every_other):
            raise DataError(f"{source} is encoded as {name}; UTF-8 is expected. {_conversion(name, source)}")


def _conversion(encoding: str, source: str) -> str:
    return f"Convert it, for example: iconv -f {encoding} -t UTF-8 {source} > utf8.csv"


def _names(cells: list[str], source: str) -> list[str]:
    """Column names from the first line; an empty one (pandas' index has it) becomes ``column_1``."""
    names = [cell.strip() or f"column_{i + 1}" for i, cell in enumerate(cells)]
    if _looks_like_data(names):
        raise DataError(
            f"Line 1 of {source} holds values ({', '.join(names[:4])} ...), not column names. "
            "Add a first line with a name for each column."
        )
    first: dict[str, int] = {}
    for i, name in enumerate(names):
        if first.setdefault(name, i) != i:
            raise DataError(
                f"Columns {first[name] + 1} and {i + 1} of {source} are both named {name!r} (line 1). "
                "Rename one; if line 1 is data, add a line of names above it."
            )
    return names


def _looks_like_data(names: list[str]) -> bool:
    """True where a name is a number with a fraction or a sign, or all are numbers that do not count up."""
    numbers = [_number(name) for name in names]
    if any(n is not None and (n < 0 or n != int(n)) for n in numbers):
        return True
    whole = [int(n) for n in numbers if n is not None]
    return len(whole) == len(names) and any(b - a != 1 for a, b in pairwise(whole))


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _table(text: bytes, names: list[str], delimiter: str, source: str) -> Table:
    """The rows below the first line, by polars where the file is regular, else by the csv module."""
    lines = quick_lines(text, delimiter, len(names))
    frame = None if lines is None else _parsed(text, names, delimiter)
    if lines is None or frame is None or frame.height != len(lines):
        rows, lines = exact_rows(text.decode(), delimiter, len(names), source, _DELIMITERS[delimiter])
        frame = _strings(rows, names)
    if frame.height == 0:
        raise DataError(f"{source} has column names but no rows. Give a file with rows below its first line.")
    return Table(frame=frame, target=None, source=source, lines=lines)


def _strings(rows: list[list[str]], names: list[str]) -> pl.DataFrame:
    import polars as pl

    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pl.DataFrame(
        [pl.Series(n, values, dtype=pl.String) for n, values in zip(names, columns, strict=True)]
    )


def _parsed(text: bytes, names: list[str], delimiter: str) -> pl.DataFrame | None:
    """The rows as polars reads them; None where it refuses, as it does stray quotes."""
    import polars as pl

    body = text[text.find(b"\n") + 1 :]
    try:
        return pl.read_csv(body, has_header=False, new_columns=names, separator=delimiter, infer_schema=False)
    except pl.exceptions.PolarsError:
        return None


def _decimal_points(table: Table) -> Table:
    """Turn ``3,14`` into ``3.14`` in the columns that hold only such numbers (files with semicolons)."""
    import polars as pl

    changed = []
    for series in table.frame.iter_columns():
        present = series.drop_nulls().str.strip_chars()
        commas = present.str.contains(",", literal=True)
        if commas.any() and present.str.contains(r"^[+-]?\d*(,\d+)?$").all():
            changed.append(series.name)
    if not changed:
        return table
    frame = table.frame.with_columns(pl.col(changed).str.replace(",", ".", literal=True))
    note = f"Read with a decimal comma: {', '.join(changed)}."
    return Table(frame, table.target, table.source, (*table.notes, note), table.lines)
