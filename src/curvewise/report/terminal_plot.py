"""A trial's losses by epoch, drawn with characters."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.text import Text

from curvewise.report.numerals import value_text

TRAIN, VALID, BEST = "·", "•", "◆"
_STYLES = {TRAIN: "blue", VALID: "yellow", BEST: "bold green"}


def plot(
    train: Sequence[float | None],
    valid: Sequence[float | None],
    best: int | None,
    width: int = 60,
    height: int = 10,
) -> Text:
    """Train and validation loss over epochs 1, 2, ...; ``best`` is an epoch; None is not drawn.

    Log scale where all losses are positive. Longer curves than ``width`` show every n-th epoch.
    """
    finite = [value for value in (*train, *valid) if value is not None]
    if not finite:
        return Text("no finite loss to draw")
    scale = math.log if min(finite) > 0 else float
    low, high = scale(min(finite)), scale(max(finite))
    step = (high - low) / (height - 1) or 1.0
    columns = min(width, len(valid))
    grid = [[" "] * columns for _ in range(height)]

    def put(mark: str, epoch: int, value: float | None) -> None:
        if value is not None:
            row = round((high - scale(value)) / step)
            grid[row][(epoch - 1) * columns // len(valid)] = mark

    for mark, values in ((TRAIN, train), (VALID, valid)):
        for epoch, value in enumerate(values, 1):
            put(mark, epoch, value)
    if best is not None:
        put(BEST, best, valid[best - 1])
    return _framed(grid, (value_text(max(finite)), value_text(min(finite))), len(valid), scale is math.log)


def _framed(grid: list[list[str]], ends: tuple[str, str], epochs: int, log: bool) -> Text:
    """With the axis' ends and a legend."""
    margin = max(map(len, ends))
    text = Text(no_wrap=True)
    for row, line in enumerate(grid):
        label = ends[0] if row == 0 else ends[1] if row == len(grid) - 1 else ""
        text.append(f"{label:>{margin}} ┤", style="dim")
        for mark in line:
            text.append(mark, style=_STYLES.get(mark, ""))
        text.append("\n")
    text.append(" " * margin + " └" + "─" * len(grid[0]) + f" epoch {epochs}\n", style="dim")
    text.append(" " * margin + "  loss" + (" (log scale)" if log else "") + ": ", style="dim")
    for mark, name in ((TRAIN, "train"), (VALID, "validation"), (BEST, "best error")):
        text.append(mark, style=_STYLES[mark]).append(f" {name}  ", style="dim")
    return text
