"""A curve in one line of text."""

from __future__ import annotations

import math
from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
DIVERGED = "×"


def sparkline(values: Sequence[float], width: int = 16) -> str:
    """At most ``width`` characters, log scale where all values are positive; ``×`` where not finite.

    Longer curves are cut into equal pieces, each shown by its last value, so that the last
    character is the newest value.
    """
    shown = (
        [values[(i + 1) * len(values) // width - 1] for i in range(width)] if len(values) > width else values
    )
    finite = [value for value in shown if math.isfinite(value)]
    if not finite:
        return DIVERGED * len(shown)
    scale = math.log if min(finite) > 0 else float
    low, high = scale(min(finite)), scale(max(finite))
    step = (high - low) / (len(BLOCKS) - 1)
    return "".join(
        BLOCKS[round((scale(value) - low) / step) if step else 0] if math.isfinite(value) else DIVERGED
        for value in shown
    )
