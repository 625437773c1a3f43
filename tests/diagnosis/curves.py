"""Curves by formula, where the right verdict is known: no training, no waiting."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curvewise.curves.run import Quantity, Run, Series, Unit

Values = NDArray[np.float64]


def run(unit: Unit = "epoch", **values: Values) -> Run:
    """A run whose series lie at 1, 2, 3, ..."""
    names: dict[str, Quantity] = {
        "train": "train_loss",
        "valid": "valid_loss",
        "train_error": "train_error",
        "valid_error": "valid_error",
        "rate": "learning_rate",
        "gradient": "gradient_norm",
        "update": "update_ratio",
        "dead": "dead_units",
        "noise_scale": "gradient_noise",
    }
    series = {
        names[name]: Series(np.arange(1.0, len(v) + 1), np.asarray(v, float)) for name, v in values.items()
    }
    return Run("run", "-", unit, series)


def falling(points: int, start: float = 2.3, floor: float = 0.3, speed: float = 6.0) -> Values:
    """Exponential fall from start towards floor; ``speed`` time constants in all."""
    t = np.linspace(0, 1, points)
    return floor + (start - floor) * np.exp(-speed * t)


def noisy(values: Values, share: float, seed: int = 0) -> Values:
    """The same with normal noise of ``share`` of the curve's whole range."""
    generator = np.random.default_rng(seed)
    return values + share * float(np.ptp(values)) * generator.normal(size=len(values))


def turning(points: int, least_at: float = 0.3, harm: float = 0.4) -> Values:
    """A validation loss that falls to 0.8 until ``least_at`` and then rises by ``harm`` of its fall."""
    t = np.linspace(0, 1, points)
    fall = falling(points, 2.3, 0.8, 6 / least_at)
    return fall + np.maximum(0, t - least_at) / (1 - least_at) * harm * 1.5
