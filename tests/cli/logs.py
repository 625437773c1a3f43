"""Training logs written for the command line to read."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

Losses = list[tuple[float, float]]
"""Training and validation loss by epoch."""


def written(path: Path, losses: Losses, rate: float = 0.1) -> Path:
    """A CSV with these losses, epochs from 0."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("epoch,loss,val_loss,lr\n")
    appended(path, losses, 0, rate)
    return path


def appended(path: Path, losses: Iterable[tuple[float, float]], first: int, rate: float = 0.1) -> None:
    """More epochs, from ``first``."""
    with path.open("a") as log:
        for epoch, (train, valid) in enumerate(losses, first):
            log.write(f"{epoch},{train},{valid},{rate}\n")


def falling(epochs: int = 40, floor: float = 0.1) -> Losses:
    """Healthy."""
    return [(math.exp(-i / 6) + floor, math.exp(-i / 6) + 1.5 * floor) for i in range(epochs)]


def turning(epochs: int = 40, turn: int = 12) -> Losses:
    """Overfitting from ``turn`` on."""
    return [
        (1.2 * math.exp(-i / 8) + 0.01, 0.9 * math.exp(-i / 6) + 0.25 + 0.03 * max(0, i - turn))
        for i in range(epochs)
    ]


def blown() -> Losses:
    """Diverging into what is no number."""
    return [*falling(10), (50.0, 60.0), (math.nan, math.inf), (math.nan, math.nan)]
