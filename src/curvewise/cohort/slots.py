"""A slot: one trial's weights, optimizer state and data order, however it is trained."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from curvewise.data.examples import Examples
from curvewise.records import Point

State = dict[str, NDArray[np.generic]]
"""Named arrays that safetensors can hold."""

COUNTERS = ("epoch", "step", "updates", "seconds", "best_error", "best_loss")
"""What ``counters`` of a slot's state holds, in order.

epoch: completed · step: minibatch steps taken by the trial and, of a fork, by its parents (the
dropout masks' counter) · updates: steps taken by the optimizer since it began (Adam's t) · seconds ·
best_error, best_loss: of the best weights, infinite while there are none.
"""


class Slot(Protocol):
    """One trial in training; implementations: ``ReferenceSlot`` (PyTorch), ``NativeSlot`` (C++).

    Constructed from (trial number, recipe, split, seed). Dropping the reference frees it.
    """

    @property
    def epoch(self) -> int:
        """Epochs completed; an epoch that met a number that is not finite counts."""
        ...

    def train_epoch(self) -> Point:
        """One epoch of minibatch steps, then validation; keeps the weights of the best error."""
        ...

    def outputs(self, examples: Examples, *, best: bool = True) -> NDArray[np.float32]:
        """Logits (N, C) or standardised predictions (N, 1), by the best or the current weights."""
        ...

    def weights(self, *, best: bool = True) -> State:
        """The ``state_dict`` of the family's module as arrays; current ones while none are best."""
        ...

    def state(self) -> State:
        """Everything needed to go on bit for bit in the same way of training, as copies.

        The names are the same in every way, so that another way can go on too (within tolerance):
        ``weights.{name}`` and ``best.{name}`` by the names of the ``state_dict``,
        ``optimizer.{name}.{key}`` for each parameter by torch's keys (``momentum_buffer``, ``sum``,
        ``square_avg``, ``exp_avg``, ``exp_avg_sq``, ``z``), and ``counters``, float64 (6,), see
        ``COUNTERS``. Where the recipe has them, ``plateau`` (``Plateau.state``) and
        ``optimizer.averaging`` (``Averaging.state``); ``weights.`` are then the points where gradients
        are taken, while ``best.`` and ``weights()`` are averages.
        """
        ...

    def load(self, state: State) -> None:
        """Take up where ``state`` was taken.

        Without ``optimizer.`` entries (and ``updates`` 0) the optimizer begins anew; without ``best.``
        entries there are no best weights yet.
        """
        ...


def improves(point: Point, best_error: float, best_loss: float) -> bool:
    """True where the point's weights are to be kept: lower validation error, or equal and lower loss."""
    return (point.valid_error, point.valid_loss) < (best_error, best_loss)


def under(prefix: str, state: State) -> State:
    """The arrays whose names begin with ``prefix``, without it."""
    return {name.removeprefix(prefix): array for name, array in state.items() if name.startswith(prefix)}
