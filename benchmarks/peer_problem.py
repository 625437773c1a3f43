"""The work that peers.py gives to everybody: networks, data, order. To read it takes numpy alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

WIDTHS, MINIBATCH, NETWORKS, STEPS = (64, 64, 64, 10), 32, 32, 32
"""D, H, H, C; rows of a step; K; steps of an epoch."""
EPOCHS = 3
"""That the losses are compared after."""
LEARNING_RATE = 1e-3
"""Of AdamW without weight decay, betas 0.9 and 0.999, eps 1e-8, for every network."""

Weights = list[NDArray[np.float32]]
"""W (K, units, inputs) and b (K, units) of each layer in turn, as torch.nn.Linear has them."""


@dataclass(frozen=True)
class Problem:
    """K networks to train on the same minibatches."""

    numbers: NDArray[np.float32]
    """(N, D)."""
    labels: NDArray[np.int64]
    """(N,)."""
    order: NDArray[np.int64]
    """Row numbers (EPOCHS, STEPS, B)."""
    weights: Weights

    def write(self, path: Path) -> None:
        """As a file of numpy's."""
        weights = {f"weights.{place:02}": array for place, array in enumerate(self.weights)}
        np.savez(path, numbers=self.numbers, labels=self.labels, order=self.order, **weights)  # type: ignore[arg-type]

    @classmethod
    def read(cls, path: Path) -> Problem:
        """What ``write`` wrote."""
        with np.load(path) as found:
            weights = [found[name] for name in sorted(found) if name.startswith("weights.")]
            return cls(found["numbers"], found["labels"], found["order"], weights)


class Trainer(Protocol):
    """Somebody's way of training the K networks."""

    def train(self, order: NDArray[np.int64]) -> None:
        """All steps of ``order`` (STEPS, B), of every network."""
        ...

    def weights(self) -> Weights:
        """As they are now."""
        ...


def losses(weights: Weights, problem: Problem) -> NDArray[np.float64]:
    """Cross-entropy (K,) over all rows by float64 arithmetic, in nats."""
    activations: NDArray[Any] = problem.numbers.astype(np.float64)[None]
    for place in range(0, len(weights), 2):
        matrix, bias = (array.astype(np.float64) for array in weights[place : place + 2])
        activations = activations @ matrix.transpose(0, 2, 1) + bias[:, None]
        if place < len(weights) - 2:
            activations = np.maximum(activations, 0)
    shifted = activations - activations.max(axis=2, keepdims=True)
    chosen = np.take_along_axis(shifted, problem.labels[None, :, None], axis=2)[..., 0]
    each: NDArray[np.float64] = (np.log(np.exp(shifted).sum(axis=2)) - chosen).mean(axis=1)
    return each
