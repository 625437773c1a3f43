"""A training run as its curves, whoever recorded it: what signs are read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from curvewise.records import Value

Quantity = Literal[
    "train_loss",
    "valid_loss",
    "train_error",
    "valid_error",
    "learning_rate",
    "gradient_norm",
    "update_ratio",
    "dead_units",
    "gradient_noise",
    "examples_per_second",
]
"""What a series is of.

Losses in whatever unit the run trained on, nats if nothing else is known; errors are shares of examples,
0 to 1, so an accuracy comes in as 1 - accuracy; the gradient's L2 norm; the update's norm / the weights'
norm; the share of units that are dead; the gradient noise scale in examples (McCandlish et al. 2018,
arXiv 1812.06162, equation 2.8).
"""
CURVES: tuple[Quantity, ...] = ("train_loss", "valid_loss", "train_error", "valid_error")
"""What a verdict needs one of, and what most logs have."""
Unit = Literal["epoch", "step"]


@dataclass(frozen=True)
class Series:
    """One quantity over a run: ``values`` (N,) float64 at ``at`` (N,) float64, which never decreases.

    Values may be NaN or infinite, as they were recorded; there may be no value at all.
    """

    at: NDArray[np.float64]
    values: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.at.shape != self.values.shape or self.at.ndim != 1:
            raise ValueError(f"a series of {self.values.shape} values at {self.at.shape} places")

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True)
class Run:
    """One run, as it was found."""

    name: str
    source: str
    """Where it was found: a path, or ``-`` for standard input."""
    unit: Unit
    """What ``Series.at`` counts. All series of a run have the same unit."""
    series: Mapping[Quantity, Series]
    settings: Mapping[str, Value] = field(default_factory=dict)
    """Hyperparameters that are known, by our names: ``learning_rate``, ``minibatch``, ``optimizer``,
    ``classes``, ``train_rows``, ``valid_rows``, ``dropout``, ``weight_decay``, ``epochs`` planned."""
    notes: tuple[str, ...] = ()
    """What was guessed, left out or damaged, a sentence each."""

    @property
    def points(self) -> int:
        """Values of its longest series."""
        return max((len(series) for series in self.series.values()), default=0)
