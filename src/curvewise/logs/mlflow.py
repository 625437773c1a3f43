"""MLflow: its file store, and its database.

The store has ``mlruns/EXPERIMENT/RUN/metrics/NAME`` with a line ``time value step`` for each value. The
database, ``mlflow.db``, is read as it is on the disk, and not written to.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from curvewise.curves.run import Run
from curvewise.logs.cells import matrix
from curvewise.logs.columns import Columns
from curvewise.logs.json_values import column
from curvewise.logs.opening import Source
from curvewise.logs.recording import Recording
from curvewise.logs.safe_text import shown
from curvewise.logs.settings import plain_settings

if TYPE_CHECKING:
    import sqlite3

MOST_FILES = 1000
LONGEST_PARAMETER = 8000
"""Bytes of a parameter, MLflow's own limit."""
MAGIC = b"SQLite format 3\0"
TABLES = {"metrics", "runs"}
MOST_RUNS = 10_000
MOST_METRICS = 100_000
AT_ONCE = 65_536
"""Rows that are held at a time."""
INSTRUCTIONS, TIMES = 1_000_000, 5000
"""SQLite's own instructions after which it asks whether to go on, and how often it may: some minutes."""


def is_run(folder: Path) -> bool:
    """Whether a folder is that of one run."""
    return (folder / "meta.yaml").is_file() and (folder / "metrics").is_dir()


def run_of(folder: Path, name: str, columns: Columns) -> Iterator[Run]:
    """The run in a folder; keys with ``/`` are folders in ``metrics``."""
    recording = Recording(columns)
    metrics = folder / "metrics"
    for path in _files(metrics):
        key = path.relative_to(metrics).as_posix()
        if recording.wants(key):
            source = Source(path, key, shown(key))
            _metric(recording, key, source)
            recording.say(f"{source.shown}: {damage}" for damage in source.damage)
    for path in _files(folder / "params"):
        with path.open("rb") as file:
            value = file.read(LONGEST_PARAMETER).decode("utf-8", "replace")
        recording.set({path.relative_to(folder / "params").as_posix(): value})
    with (folder / "meta.yaml").open("rb") as file:
        told = plain_settings(file.read(1 << 20)).get("run_name")
    run = recording.run(str(told or name), shown(str(folder)))
    if run is not None:
        yield run


def _files(folder: Path) -> list[Path]:
    found = (p for p in folder.rglob("*") if not p.is_symlink() and p.is_file() and p.name[:1] != ".")
    return sorted(path for path, _ in zip(found, range(MOST_FILES), strict=False))


def _metric(recording: Recording, key: str, source: Source) -> None:
    """``time value``, ``time value step`` or that with the name and digest of a data set."""
    wrong = 0
    for block in source.blocks():
        found = matrix(block, " ", 1 + block.partition("\n")[0].count(" "))
        if found is not None and 1 < found[0].shape[1] <= 3 and found[1].all():
            numbers = found[0][:, 1:]
        else:
            lines = [line.split() for line in block.split("\n") if line and not line.isspace()]
            told = [each for each in map(_value_and_step, lines) if each is not None]
            wrong += len(lines) - len(told)
            numbers = np.array(told, np.float64).reshape(len(told), 2)
        nowhere = np.full(len(numbers), np.nan)
        recording.extend(key, numbers[:, 0], numbers[:, 1] if numbers.shape[1] > 1 else nowhere, nowhere)
    if wrong:
        source.damage.append(f"{wrong:,} lines could not be read")


def _value_and_step(cells: list[str]) -> tuple[float, float] | None:
    try:
        return float(cells[1]), float(cells[2]) if len(cells) > 2 else np.nan
    except (ValueError, IndexError):
        return None


def recognises(source: Source, head: bytes) -> bool:
    """Whether this is a database with MLflow's tables."""
    if not head.startswith(MAGIC):
        return False
    import sqlite3  # loads slowly

    try:
        with closing(_opened(source)) as database:
            found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' LIMIT 1000")
            return {str(name) for (name,) in found} >= TABLES
    except sqlite3.Error:
        return False


def runs(source: Source, columns: Columns) -> Iterator[Run]:
    """Every run that is not deleted, in the order in which they were begun."""
    import sqlite3

    with closing(_opened(source)) as database:
        try:
            listed = database.execute(
                "SELECT run_uuid, name FROM runs WHERE lifecycle_stage IS NOT 'deleted' "
                "ORDER BY start_time, run_uuid LIMIT ?",
                (MOST_RUNS,),
            ).fetchall()
        except sqlite3.Error as error:
            source.damage.append(f"the runs cannot be read ({error})")
            return
        for key, name in listed:
            recording = Recording(columns)
            try:
                _record(recording, database, key)
            except sqlite3.Error as error:
                recording.say([f"it could be read in part only ({error})"])
            run = recording.run(str(name or key), source.shown)
            if run is not None:
                yield run


def _opened(source: Source) -> sqlite3.Connection:
    """``immutable``, since a reader that locks would disturb the server, and leave files behind."""
    import sqlite3
    from urllib.parse import quote

    place = quote(str(source.path.absolute()))
    database = sqlite3.connect(f"file:{place}?mode=ro&immutable=1", uri=True)
    database.text_factory = lambda text: text.decode("utf-8", "replace")
    left = iter(range(TIMES))
    database.set_progress_handler(lambda: next(left, None) is None, INSTRUCTIONS)
    database.execute("PRAGMA trusted_schema = OFF")
    return database


def _record(recording: Recording, database: sqlite3.Connection, key: object) -> None:
    listed = "SELECT DISTINCT key FROM metrics WHERE run_uuid = ? LIMIT ?"
    for (name,) in database.execute(listed, (key, MOST_METRICS)).fetchall():
        if recording.wants(str(name)):
            rows = database.execute(
                "SELECT CASE WHEN is_nan THEN NULL ELSE value END, step FROM metrics "
                "WHERE run_uuid = ? AND key = ? ORDER BY timestamp, step",
                (key, name),
            )
            while some := rows.fetchmany(AT_ONCE):
                try:
                    told = np.fromiter(chain.from_iterable(some), np.float64, 2 * len(some)).reshape(-1, 2)
                except (TypeError, ValueError, OverflowError):  # values that are no numbers
                    told = np.stack([column(cells)[0] for cells in zip(*some, strict=True)], axis=1)
                recording.extend(str(name), told[:, 0], told[:, 1], np.full(len(some), np.nan))
    for name, value in database.execute("SELECT key, value FROM params WHERE run_uuid = ?", (key,)):
        recording.set({str(name): value})
