"""What cannot be searched together with Schedule-Free's average of weights."""

from __future__ import annotations

from curvewise.errors import SpaceError
from curvewise.space.domain import Choice
from curvewise.space.space import Space
from curvewise.space.words import listed

AVERAGING, STATISTICS = "schedule_free", "batch"


def check_averages(space: Space, where: str = "") -> None:
    """SpaceError where ``space`` holds configurations that ``cohort.recipe.check_average`` would refuse.

    Each of them would fail as a trial of its own, one by one; ``where`` opens the message.
    """
    opening = f"{where}: " if where else ""
    if "optimizer" not in space or not space["optimizer"].domain.contains(AVERAGING):
        return
    if "normalisation" in space and space["normalisation"].domain.contains(STATISTICS):
        raise SpaceError(
            f'{opening}optimizer "{AVERAGING}" cannot go with normalisation "{STATISTICS}", whose running '
            "statistics do not belong to the averaged weights that it evaluates: write "
            f"normalisation = {_without_statistics(space)} too"
        )
    if "momentum" in space and space["momentum"].domain.contains(0):
        raise SpaceError(
            f'{opening}optimizer "{AVERAGING}" cannot go with momentum 0, for it trains between two points '
            "by its momentum: write momentum = 0.9, or a range that starts above 0"
        )


def _without_statistics(space: Space) -> str:
    """The normalisations that are left, as one would type them."""
    domain = space["normalisation"].domain
    left = [value for value in domain.values if value != STATISTICS] if isinstance(domain, Choice) else []
    return f"[{listed(left)}]" if len(left) > 1 else listed(left or ["none"])
