"""Which process holds SQLite's write lock on a database (Linux tells; elsewhere nobody does)."""

from __future__ import annotations

import os
from pathlib import Path

LOCKS = Path("/proc/locks")
"""Lines such as ``1: POSIX  ADVISORY  WRITE 812 08:01:395 120 120``: process, inode, byte range."""

WRITE_BYTE = 120
"""The byte of the ``-shm`` file whose lock makes a process the writer in WAL mode
(sqlite.org/walformat.html, section 2.3.1)."""

RESERVED_BYTE = 0x40000001
"""The byte of the database itself that does so outside WAL mode (sqlite.org/fileformat2.html)."""


def writer_of(database: Path) -> int | None:
    """The process that is writing ``database``, where it can be told; never this one."""
    try:
        lines = LOCKS.read_text().splitlines()
    except OSError:
        return None
    shared = database.with_name(database.name + "-shm")
    for file, byte in ((shared, WRITE_BYTE), (database, RESERVED_BYTE)):
        if not file.exists():
            continue
        for line in lines:
            process = _holder(line, file.stat().st_ino, byte)
            if process not in (None, os.getpid()):
                return process
    return None


def _holder(line: str, inode: int, byte: int) -> int | None:
    """The process in one line of /proc/locks, if it write-locks that byte of that file."""
    fields = line.split()
    if len(fields) != 8 or fields[1] != "POSIX" or fields[3] != "WRITE":
        return None
    last = byte if fields[7] == "EOF" else int(fields[7])
    held = fields[5].rpartition(":")[2] == str(inode) and int(fields[6]) <= byte <= last
    return int(fields[4]) if held and int(fields[4]) > 0 else None
