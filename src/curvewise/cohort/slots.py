"""A slot: one trial's weights, optimizer state and data order, however it is trained."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from curvewise.data.examples import Examples
from curvewise.records import Point

State = dict[str, NDArray[np.generic]]
"""Named arrays that safetensors can hold."""


class Slot(Protocol):
    """One trial in training; implementations: ``ReferenceSlot`` (PyTorch), ``NativeSlot`` (C++).

    Constructed from (trial number, recipe, split, seed). Dropping the reference frees it.
    """

    @property
    def epoch(self) -> int:
        """Epochs completed."""
        ...

    def train_epoch(self) -> Point:
        """One epoch of minibatch steps, then validation; keeps the weights of the best error."""
        ...

    def outputs(self, examples: Examples, *, best: bool = True) -> NDArray[np.float32]:
        """Logits (N, C) or standardised predictions (N, 1), by the best or the current weights."""
        ...

    def weights(self, *, best: bool = True) -> State:
        """The ``state_dict`` of ``families.Perceptron`` as arrays."""
        ...

    def state(self) -> State:
        """Everything needed to go on bit for bit in the same way of training."""
        ...

    def load(self, state: State) -> None:
        """Take up where ``state`` was taken."""
        ...
