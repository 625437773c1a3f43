"""MLflow's database, ``mlflow.db``: read-only, as it is on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np

from curvewise.curves.run import Run
from curvewise.logs.columns import Columns
from curvewise.logs.json_values import column
from curvewise.logs.opening import Source
from curvewise.logs.recording import Recording

if TYPE_CHECKING:
    import sqlite3

MAGIC = b"SQLite format 3\0"
TABLES = {"metrics", "runs"}
MOST_RUNS = 10_000
MOST_METRICS = 100_000
AT_ONCE = 65_536
"""Rows that are held at a time."""
INSTRUCTIONS, TIMES = 1_000_000, 5000
"""SQLite's own instructions after which it asks whether to go on, and how often it may: some minutes."""


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
                values, steps = (column(cells)[0] for cells in zip(*some, strict=True))
                recording.extend(str(name), values, steps, np.full(len(some), np.nan))
    for name, value in database.execute("SELECT key, value FROM params WHERE run_uuid = ?", (key,)):
        recording.set({str(name): value})
