"""Whether encoded data fit into memory, asked before anything is written."""

from __future__ import annotations

import os

from curvewise.errors import DataError

GIB = 1 << 30


def check_room(numbers: int, source: str, what: str, advice: str) -> None:
    """Raise DataError where so many float32 ``numbers`` are more than this machine's memory holds.

    Says nothing where the system does not tell how much there is.
    """
    needed, there = 4 * numbers, memory()
    if there is not None and needed > there:
        raise DataError(
            f"{source} needs {needed / GIB:.1f} GiB as {what}, and this machine has {there / GIB:.1f} GiB of "
            f"memory: {advice}."
        )


def memory() -> int | None:
    """Bytes of this machine's memory; None where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
