"""Everything that is particular to SQLite: how a file is opened, its pragmas, its transactions.

Write-ahead logging lets readers follow while one process writes. ``synchronous=NORMAL`` with it
survives a killed process completely, and a lost power supply but for the last moments; ``FULL``
would wait for the disk at every round.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from curvewise.errors import StoreError
from curvewise.store.trouble import damaged, explained

PATIENCE = 10.0
"""Seconds to wait for another writer before giving up; its transactions last about a millisecond."""

MAGIC = b"SQLite format 3\x00"


def create_file(path: Path) -> None:
    """Make an empty file where there is none; StoreError where there is one, or none can be made."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except FileExistsError:
        raise StoreError(f"{path}: there is a history already; it is never overwritten") from None
    except OSError as error:
        raise StoreError(f"{path}: cannot be made ({error.strerror}): choose a folder to write in") from None


def remove_file(path: Path, engine: Engine | None) -> None:
    """Remove a database that was just made, with its log and index."""
    if engine is not None:
        engine.dispose()
    for ending in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def check_file(path: Path) -> None:
    """StoreError where ``path`` is no SQLite database by its first bytes; reads 16 of them."""
    try:
        with path.open("rb") as file:
            start = file.read(len(MAGIC))
    except FileNotFoundError:
        raise StoreError(f"{path}: there is no history here") from None
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error.strerror})") from None
    if not start:
        raise damaged(path, "the file is empty, as where a study is killed in its first moment")
    if start != MAGIC:
        raise damaged(path, "it is not a SQLite database")


def open_for_writing(path: Path) -> Engine:
    """An engine of one connection to a file that is there."""
    engine = _engine(path, "rw")
    try:
        with explained(path), engine.connect() as connection:
            raw = _driver(connection)
            raw.execute("PRAGMA journal_mode = WAL")
            raw.execute("PRAGMA synchronous = NORMAL")
    except StoreError:
        engine.dispose()
        raise
    return engine


def open_for_reading(path: Path) -> Engine:
    """An engine of one connection that cannot write; follows a study that another process writes."""
    return _engine(path, "ro")


def close_writer(engine: Engine) -> None:
    """Fold the log into the one file, so that a study at rest can be copied, or read on a disk that is
    read-only; where somebody is reading just now, log and index stay beside it.
    """
    try:
        with engine.connect() as connection:
            raw = _driver(connection)
            raw.execute("PRAGMA busy_timeout = 0")
            raw.execute("PRAGMA journal_mode = DELETE")
    except (sqlite3.Error, DBAPIError):
        pass  # the log holds everything, and the next to open the history reads it
    engine.dispose()


def check_pages(path: Path, connection: Connection) -> None:
    """StoreError where the database's pages do not hang together (``PRAGMA quick_check``)."""
    found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA quick_check(3)")]
    if found != ["ok"]:
        raise damaged(path, "; ".join(found).replace("\n", " "))


def _driver(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection: pragmas of the journal cannot run inside a transaction."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    return raw


def _engine(path: Path, mode: str) -> Engine:
    location = f"file:{quote(str(path.absolute()))}?mode={mode}"

    def connect() -> sqlite3.Connection:
        # Autocommit in the driver's sense: transactions begin where the event below says so.
        return sqlite3.connect(
            location, uri=True, timeout=PATIENCE, isolation_level=None, check_same_thread=False
        )

    engine = create_engine("sqlite://", creator=connect, poolclass=StaticPool)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer takes the write lock at once, and so waits for its turn where waiting is allowed.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
