"""Which units of a perceptron are dead: the specification, by hooks on its activations."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, nn

from curvewise.cohort.families.perceptron import HiddenLayer, Perceptron
from curvewise.cohort.families.perceptron_shape import Activation
from curvewise.cohort.measuring import SATURATED


class DeadUnits:
    """Watches every hidden layer of a network while told to; nothing but perceptrons has any."""

    def __init__(self, network: nn.Module) -> None:
        self.watching = False
        layers = list(network.hidden) if isinstance(network, Perceptron) else []
        activation = network.shape.activation if isinstance(network, Perceptron) else "relu"
        self._alive = [
            torch.zeros(cast(HiddenLayer, layer).linear.out_features, dtype=torch.bool) for layer in layers
        ]
        self._hooks = [
            cast(HiddenLayer, layer).activation.register_forward_hook(self._hook(alive, activation))
            for layer, alive in zip(layers, self._alive, strict=True)
        ]

    def _hook(self, alive: Tensor, activation: Activation) -> Any:
        def look(_module: nn.Module, entering: tuple[Tensor], _leaving: Tensor) -> None:
            if self.watching:
                alive.logical_or_(is_alive(entering[0].detach(), activation).any(dim=0))

        return look

    def shares(self) -> tuple[float, ...]:
        """Of each hidden layer, the share of units dead for every example that was watched."""
        return tuple(1 - alive.float().mean().item() for alive in self._alive)

    def close(self) -> None:
        """Watch no longer."""
        for hook in self._hooks:
            hook.remove()


def is_alive(entering: Tensor, activation: Activation) -> Tensor:
    """Where a unit passes a gradient on, by what enters its activation; same shape.

    relu, leaky_relu: above 0 · tanh, sigmoid: within 5 of 0, else it is saturated · gelu, silu: above -5.
    """
    if activation in ("relu", "leaky_relu"):
        return entering > 0
    if activation in ("tanh", "sigmoid"):
        return entering.abs() < SATURATED
    return entering > -SATURATED
