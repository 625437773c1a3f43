"""Which files below a path have changed since they were last looked at."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import final

MOST_FILES = 20_000
"""Files that are watched below one path: looking at so many takes a tenth of a second."""
COMPANIONS = ("-wal", "-journal", "-shm")
"""Endings of what SQLite writes beside a database: it is the database that has changed."""


@dataclass(frozen=True)
class Stamp:
    """What tells that a file is as it was."""

    size: int
    modified: int
    """Nanoseconds since 1970."""
    identity: int
    """Its inode: another one after a file was replaced."""


@final
class Changes:
    """Sizes and times of the files below a path, polled."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._stamps: dict[str, Stamp] = {}

    def poll(self) -> set[str]:
        """Paths of the files that are new, have changed, or have gone since the last poll."""
        now = dict(_stamps(self._path))
        changed = {
            path for path in now.keys() | self._stamps.keys() if now.get(path) != self._stamps.get(path)
        }
        self._stamps = now
        return {_owner(path) for path in changed}

    def modified(self, path: str) -> float:
        """When the newest file at or below ``path`` was written, in seconds since 1970; 0 without any."""
        return max((stamp.modified for _, stamp in self._at(path)), default=0) / 1e9

    def _at(self, path: str) -> Iterator[tuple[str, Stamp]]:
        below = "" if path == os.curdir else os.path.join(path, "")
        return (
            (each, stamp)
            for each, stamp in self._stamps.items()
            if _owner(each) == path or each.startswith(below)
        )


def _owner(path: str) -> str:
    return next((path.removesuffix(end) for end in COMPANIONS if path.endswith(end)), path)


def _stamps(path: str) -> Iterator[tuple[str, Stamp]]:
    """Of a file, or of the files below a folder, without following links to folders: those may be circles."""
    waiting, left = [path], MOST_FILES
    while waiting and left > 0:
        here = waiting.pop()
        try:
            seen = os.stat(here)
        except OSError:
            continue
        if stat.S_ISREG(seen.st_mode):
            left -= 1
            yield str(Path(here)), Stamp(seen.st_size, seen.st_mtime_ns, seen.st_ino)
        elif stat.S_ISDIR(seen.st_mode) and (here == path or not os.path.islink(here)):
            waiting += _entries(here)


def _entries(folder: str) -> list[str]:
    try:
        return sorted(entry.path for entry in os.scandir(folder))
    except OSError:
        return []
