"""Which hidden units are dead: the specification, by hooks on the networks.

A unit is dead that passes no gradient on for any example of the minibatches watched. What that means of

- a perceptron's hidden layers: by what enters the activation, see ``liveliness``;
- a convolutional network's activations, in order: of a channel the same, at no pixel of any image;
- relu and tanh cells, layer by layer: by what they put out, at no step of any sequence, see
  ``cell_liveliness``. Of an encoder-decoder these are each encoder layer's forwards and backwards cells,
  then the decoder's layers.

Cells with gates have no such measure here, so they tell nothing. Gates that are open or shut throughout
are how those cells remember: Karpathy et al. 2015 (arXiv 1506.02078, section 4.2), who count gates below
0.1 and above 0.9, find them in networks that work well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from torch import Tensor, nn

from curvewise.cohort.families.cells import CellState
from curvewise.cohort.families.convolutional import Convolutional
from curvewise.cohort.families.network import Network
from curvewise.cohort.families.perceptron import ACTIVATIONS, Perceptron
from curvewise.cohort.families.perceptron_shape import Activation
from curvewise.cohort.families.recurrent import RecurrentLayer
from curvewise.cohort.measuring import SATURATED, has_dead_units
from curvewise.records.model import Cell

Look = Callable[[Any], Tensor]
"""From what enters a module to (units,), True where one is alive for any example."""


class DeadUnits:
    """Watches a network's hidden units while told to."""

    def __init__(self, network: Network) -> None:
        self.watching = False
        watched = list(_watched(network))
        self._alive: list[Tensor | None] = [None] * len(watched)
        self._hooks = [
            module.register_forward_pre_hook(self._hook(place, look))
            for place, (module, look) in enumerate(watched)
        ]

    def _hook(self, place: int, look: Look) -> Any:
        def watch(_module: nn.Module, entering: tuple[Any]) -> None:
            if self.watching:
                before, alive = self._alive[place], look(entering[0])
                self._alive[place] = alive if before is None else before | alive

        return watch

    def shares(self) -> tuple[float, ...]:
        """Of each layer, the share of units dead for every example that was watched."""
        return tuple(1 - alive.float().mean().item() for alive in self._alive if alive is not None)

    def close(self) -> None:
        """Watch no longer."""
        for hook in self._hooks:
            hook.remove()


def _watched(network: Network) -> Iterator[tuple[nn.Module, Look]]:
    """The modules where it shows, in the network's order, and how."""
    if isinstance(network, Perceptron | Convolutional):
        activation = network.shape.activation
        for module in network.modules():
            if isinstance(module, ACTIVATIONS[activation]):
                yield module, _units(activation)
    for module in network.modules():
        if isinstance(module, RecurrentLayer) and has_dead_units(module.cell):
            yield module.states, _cells(module.cell)


def _units(activation: Activation) -> Look:
    """What enters (B, H), or maps (B, F, h, w) -> (H,), or (F,)."""

    def look(entering: Tensor) -> Tensor:
        return _any_above_0(liveliness(entering.detach(), activation))

    return look


def _cells(cell: Cell) -> Look:
    """State -> (H,)."""

    def look(state: CellState) -> Tensor:
        return _any_above_0(cell_liveliness(state.output.detach(), cell))

    return look


def _any_above_0(values: Tensor) -> Tensor:
    """(B, H), or (B, F, h, w) -> (H,), or (F,), True where one of them is."""
    # Several times faster over maps than asking for any
    above: Tensor = values.clamp(min=0).sum(dim=(0, *range(2, values.ndim)))
    return above > 0


def is_alive(entering: Tensor, activation: Activation) -> Tensor:
    """Where a unit passes a gradient on, by what enters its activation; same shape."""
    return liveliness(entering, activation) > 0


def is_cell_alive(outputs: Tensor, cell: Cell) -> Tensor:
    """Where a relu or tanh cell passes a gradient on, by what it puts out; same shape."""
    return cell_liveliness(outputs, cell) > 0


def liveliness(entering: Tensor, activation: Activation) -> Tensor:
    """By how much a unit is from being dead, by what enters its activation; same shape, dead up to 0.

    relu, leaky_relu: how far above 0 · tanh, sigmoid: how far within 5 of 0, else it is saturated · gelu,
    silu: how far above -5.
    """
    if activation in ("relu", "leaky_relu"):
        return entering
    if activation in ("tanh", "sigmoid"):
        return SATURATED - entering.abs()
    return entering + SATURATED


def cell_liveliness(outputs: Tensor, cell: Cell) -> Tensor:
    """By how much a relu or tanh cell is from being dead, by what it puts out; same shape, dead up to 0.

    relu: how far above 0 · tanh: how far within tanh(5) of 0.
    """
    return outputs if cell == "relu" else math.tanh(SATURATED) - outputs.abs()
