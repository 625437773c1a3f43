"""What a person may give, checked before anything is read or written."""

from __future__ import annotations

import operator

from curvewise.errors import UsageError

LARGEST_SEED = 2**32 - 1
"""Trials' seeds are multiples of the study's, and have 64 bits."""

MOST_THREADS = 1024

MOST_ROWS = 2**31 - 1
"""Row numbers of a minibatch's order are 32-bit."""


def whole_number(name: str, value: object, low: int, high: int) -> int:
    """``value`` as an int from ``low`` to ``high``; raises UsageError, naming it, for anything else."""
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None or not low <= number <= high:
        raise UsageError(f"{name} is a whole number from {low} to {high}, not {value!r}")
    return number
