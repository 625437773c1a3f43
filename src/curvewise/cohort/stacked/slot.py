"""One trial as tensors on the device; trained alone, or together with others of its tile."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from curvewise.cohort.averaging import Averaging
from curvewise.cohort.graph import graph_of
from curvewise.cohort.initial_weights import initial_weights
from curvewise.cohort.plateau import Plateau
from curvewise.cohort.recipe import MOMENTS, Recipe
from curvewise.cohort.slots import State
from curvewise.cohort.stacked.device import device
from curvewise.cohort.stacked.layout import Part, layout_of
from curvewise.cohort.stacked.update import FIRST
from curvewise.data.examples import Examples, Split
from curvewise.records import Point

if TYPE_CHECKING:
    from curvewise.cohort.stacked.compiled.builds import Builds


class _Kept(NamedTuple):
    """A network's weights (P,), its running statistics, and the steps it had taken."""

    row: Tensor
    statistics: dict[str, Tensor]
    step: int


class StackedSlot:
    """One trial's weights and moments as flat rows; implements ``Slot``.

    Slots of the same ``tile`` can be trained together (``training.train_together``). Nothing is shared: a
    slot's results do not depend on its neighbours but by rounding.
    """

    def __init__(
        self, number: int, recipe: Recipe, split: Split, seed: int, builds: Builds | None = None
    ) -> None:
        self.number, self.recipe, self.split, self.seed = number, recipe, split, seed
        self.builds: Final = builds
        """Where compiled steps come from; None of a slot that is to train uncompiled."""
        self.layout = layout_of(recipe.shape)
        self.epoch, self.step, self.updates, self.seconds = 0, 0, 0, 0.0
        self.row, self.statistics, _ = self._read(initial_weights(recipe, seed), "")
        keys = MOMENTS[recipe.optimizer]
        self.moments = {key: self._beginning(key) for key in keys}
        self.plateau, self.averaging = Plateau(), Averaging()
        self._best: _Kept | None = None
        self.best_error, self.best_loss = math.inf, math.inf

    @property
    def tile(self) -> Hashable:
        """Slots of equal tiles may be trained in one call: same graph, same sizes, same examples."""
        return graph_of(self.recipe, self.split)

    @property
    def first(self) -> Tensor | None:
        """m of ``update``."""
        return next((moment for key, moment in self.moments.items() if key in FIRST), None)

    @property
    def second(self) -> Tensor | None:
        """v of ``update``."""
        return next((moment for key, moment in self.moments.items() if key not in FIRST), None)

    def adopt(
        self, row: Tensor, first: Tensor | None, second: Tensor | None, statistics: dict[str, Tensor]
    ) -> None:
        """Hold these tensors from now on."""
        self.row, self.statistics = row, statistics
        for key in self.moments:
            moment = first if key in FIRST else second
            assert moment is not None
            self.moments[key] = moment

    def train_epoch(self) -> Point:
        """One epoch alone."""
        from curvewise.cohort.stacked.training import train_together

        return train_together([self])[0]

    def keep_best(self, point: Point) -> None:
        """Take the current weights for the best ones."""
        # Not copied: an epoch ends with rows of its own, and never writes to those it began with
        self._best = self._current()
        self.best_error, self.best_loss = point.valid_error, point.valid_loss

    def outputs(self, examples: Examples, *, best: bool = True) -> NDArray[np.float32]:
        """Logits (N, C), or (N, T, C), or predictions, by the best or the current weights."""
        from curvewise.cohort.stacked.evaluate import stacked_outputs

        return stacked_outputs(self.recipe, self.weights(best=best), examples)

    def weights(self, *, best: bool = True) -> State:
        """The ``state_dict`` as arrays: the best weights, or the current ones."""
        return self._named(self._best if best and self._best else self._current())

    def _beginning(self, key: str) -> Tensor:
        """A moment before the first step; z begins where the weights are."""
        trained = self.row[: self.layout.trained_size]
        return trained.clone() if key == "z" else torch.zeros_like(trained)

    def _current(self) -> _Kept:
        """The current weights, averaged if they are."""
        row = self.row
        if (z := self.moments.get("z")) is not None:
            row = averaged_rows(row, z, self.recipe.momentum)
        return _Kept(row, self.statistics, self.step)

    def _named(self, kept: _Kept) -> State:
        named: State = {part.name: _array(part.of(kept.row)) for part in self.layout.parts}
        named |= {name: _array(tensor) for name, tensor in kept.statistics.items()}
        return named | {name: np.array(kept.step, dtype=np.int64) for name in self.layout.counts}

    def state(self) -> State:
        """Everything needed to go on; see ``Slot.state``."""
        counters = (self.epoch, self.step, self.updates, self.seconds, self.best_error, self.best_loss)
        state: State = {"counters": np.array(counters, dtype=np.float64)}
        current = self._named(_Kept(self.row, self.statistics, self.step))
        state |= {f"weights.{name}": array for name, array in current.items()}
        if self._best is not None:
            state |= {f"best.{name}": array for name, array in self._named(self._best).items()}
        for key, moment in self.moments.items():
            state |= {f"optimizer.{part.name}.{key}": _array(part.of(moment)) for part in self.layout.trained}
        if self.recipe.optimizer == "schedule_free":
            state |= self.averaging.state()
        return state | self.plateau.state() if self.recipe.decay == "plateau" else state

    def load(self, state: State) -> None:
        """Take up where ``state`` was taken; see ``Slot.load``."""
        epoch, step, updates, self.seconds, self.best_error, self.best_loss = state["counters"].tolist()
        self.epoch, self.step, self.updates = int(epoch), int(step), int(updates)
        self.row, self.statistics, _ = self._read(state, "weights.")
        found = any(name.startswith("best.") for name in state)
        self._best = self._read(state, "best.") if found else None
        self.plateau, self.averaging = Plateau.of(state), Averaging.of(state)
        self.moments = {key: self._beginning(key) for key in self.moments}
        for key, moment in self.moments.items():
            for part in self.layout.trained:
                _write(moment, part, state.get(f"optimizer.{part.name}.{key}"))

    def _read(self, weights: State, prefix: str) -> _Kept:
        row = torch.empty(self.layout.size, device=device())
        for part in self.layout.parts:
            _write(row, part, weights[prefix + part.name])
        names = [name for name, _ in self.layout.statistics]
        statistics = {name: torch.tensor(weights[prefix + name], device=device()) for name in names}
        counts = [int(weights[prefix + name]) for name in self.layout.counts]
        return _Kept(row, statistics, counts[0] if counts else 0)


def averaged_rows(y: Tensor, z: Tensor, momentum: Tensor | float) -> Tensor:
    """Schedule-Free's x of rows y (..., P) and z (..., trained P); see ``averaging.averaged``."""
    x = y.clone()
    trained = z.shape[-1]
    x[..., :trained] += (1 / momentum - 1) * (y[..., :trained] - z)
    return x


def _write(row: Tensor, part: Part, array: NDArray[np.generic] | None) -> None:
    if array is not None:
        part.of(row).copy_(torch.tensor(array))


def _array(tensor: Tensor) -> NDArray[np.generic]:
    copied: NDArray[np.generic] = tensor.detach().cpu().numpy().copy()
    return copied
