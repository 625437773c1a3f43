"""How values, ranges and unknown names are put into messages."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from curvewise.records import Value
from curvewise.space.domain import Choice, Domain, Fixed


def shown(value: object) -> str:
    """A value as one would type it into a space file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6g}"
    return f'"{value}"' if isinstance(value, str) else str(value)


def range_words(domain: Domain) -> str:
    """What a domain allows: ``from 1 to 8``, ``one of "relu", "tanh"``."""
    if isinstance(domain, Fixed):
        return f"only {shown(domain.value)}"
    if isinstance(domain, Choice):
        return f"one of {listed(domain.values)}"
    return f"from {shown(domain.low)} to {shown(domain.high)}"


def listed(values: Iterable[Value]) -> str:
    """Values with commas between them."""
    return ", ".join(shown(value) for value in values)


def nearest(name: object, known: Iterable[str], otherwise: str | None = None) -> str:
    """``; did you mean units?``, or where nothing comes near ``otherwise``, by default what there is."""
    names = list(known)
    close = get_close_matches(str(name), names, n=2, cutoff=0.6)
    if close:
        return f"; did you mean {' or '.join(close)}?"
    return f"; there are {', '.join(names)}" if otherwise is None else otherwise
