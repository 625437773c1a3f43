"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from curvewise.errors import UsageError


def write_whole(path: Path, content: bytes) -> None:
    """Write beside ``path``, sync, then rename: a reader sees the old file or the new one.

    A link stays a link: the file it leads to is replaced. A pipe or a device is written to as it is.
    The file gets the permissions that any new file gets here. Raises UsageError where it cannot be.
    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder: name a file to write")
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
        else:
            _replace(Path(os.path.realpath(path)), content)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}; name another file") from error


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
