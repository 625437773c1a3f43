"""Snapshot files beside a history: how one is put in place, and which are no longer needed.

The order that survives a kill at any moment: write a temporary file, ``publish`` it, append the
event ``Snapshotted`` that names it together with the points it covers, then ``discard_obsolete``.
"""

from __future__ import annotations

import os
from pathlib import Path

from curvewise.errors import StoreError

PATTERN = "snapshot-*.safetensors*"
"""Snapshots and what is left of unfinished ones."""


def snapshot_name(cursor: int) -> str:
    """The file name of the snapshot that is taken after event ``cursor``."""
    return f"snapshot-{cursor}.safetensors"


def publish(temporary: Path, name: str) -> Path:
    """Give the complete file ``temporary`` its ``name`` in the same folder, on disk for good.

    After a crash there is either the whole file of that name or none. Raises StoreError.
    """
    target = temporary.with_name(name)
    try:
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        raise StoreError(f"{target}: the snapshot cannot be put in place ({error.strerror})") from None
    return target


def obsolete(folder: Path, name: str | None) -> list[Path]:
    """Snapshots, whole or unfinished, other than ``name``, the last one that the history records."""
    return sorted(path for path in folder.glob(PATTERN) if path.name != name)


def discard_obsolete(folder: Path, name: str | None) -> None:
    """Remove them; one that cannot be removed stays, and is tried again the next time."""
    for path in obsolete(folder, name):
        try:
            path.unlink()
        except OSError:
            continue


def _sync_folder(folder: Path) -> None:
    """Put the folder's list of names on disk, where the system knows how."""
    if os.name == "nt":
        return
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
