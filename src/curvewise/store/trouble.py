"""What a database error means to a person, and what to do about it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from curvewise.errors import StoreError
from curvewise.store.holder import writer_of

DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
FORBIDDEN = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH)


def damaged(path: Path, detail: str) -> StoreError:
    """The error for a history whose bytes make no sense."""
    return StoreError(
        f"{path}: the history is damaged ({detail}). It was left as it is: copy it back from a backup, or "
        f"start a new study; `sqlite3 {path.name} .recover` may save a part of it"
    )


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what the database complains of inside into a StoreError."""
    try:
        yield
    except DBAPIError as error:
        raise explanation(path, error.orig or error) from error
    except sqlite3.Error as error:
        raise explanation(path, error) from error


def explanation(path: Path, error: BaseException) -> StoreError:
    """The StoreError for one error of the database."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary code, of extended ones too
    if code in DAMAGED:
        return damaged(path, str(error))
    if code == sqlite3.SQLITE_FULL:
        return StoreError(
            f"{path}: the disk is full. What was recorded before is safe: free some space, then resume"
        )
    if code in BUSY:
        writer = writer_of(path)
        who = f"process {writer}" if writer else "another process"
        return StoreError(
            f"{path}: {who} has kept the history locked for writing: wait for it, or end it, then resume"
        )
    if code in FORBIDDEN:
        return StoreError(
            f"{path}: the file or its folder cannot be opened or written ({error}): check that it exists "
            "and that you may write there"
        )
    if code == sqlite3.SQLITE_IOERR:
        return StoreError(f"{path}: the disk failed to read or write ({error}); check the disk, then resume")
    return StoreError(f"{path}: the history cannot be used: {error}")
