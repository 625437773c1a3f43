"""What a point tells of an epoch's last steps: the specification, in plain PyTorch."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from curvewise.cohort.dead_units import DeadUnits
from curvewise.cohort.families.network import Network
from curvewise.cohort.measuring import (
    MEASURED_STEPS,
    GradientNoise,
    gradient_noise,
    layer_group,
    layer_groups,
)


class EpochMeasures:
    """Looks on while ``network`` takes the ``steps`` steps of an epoch; measures all where ``in_full``."""

    def __init__(self, network: Network, steps: int, in_full: bool) -> None:
        self._network, self._steps, self._in_full = network, steps, in_full
        self._squares: list[float] = []
        self._rows: list[int] = []
        self._total: list[Tensor] = []
        self._before: dict[str, Tensor] = {}
        self._dead = DeadUnits(network) if in_full else None

    def begin(self, step: int) -> None:
        """Step ``step`` of the epoch, from 0, is about to go forward."""
        if self._dead is not None:
            self._dead.watching = step >= self._steps - MEASURED_STEPS

    def gradient(self, step: int, rows: int) -> None:
        """The parameters hold the gradient of a minibatch of ``rows`` rows, not yet clipped."""
        if step == self._steps - 1:
            self._before = {name: w.detach().clone() for name, w in self._network.named_parameters()}
        if step < self._steps - MEASURED_STEPS:
            return
        gradients = [w.grad for w in self._network.parameters() if w.grad is not None]
        self._squares.append(sum(float(g.square().sum()) for g in gradients))
        self._rows.append(rows)
        if self._in_full:
            sums = self._total or [torch.zeros_like(g) for g in gradients]
            self._total = [total + g for total, g in zip(sums, gradients, strict=True)]

    @property
    def gradient_norm(self) -> float:
        """Mean L2 norm of the last steps' gradients, before clipping."""
        return sum(math.sqrt(square) for square in self._squares) / len(self._squares)

    def update_ratios(self) -> tuple[float, ...]:
        """|change| / |weights| of the last step: of each layer group in order, and at the end of all."""
        changes, sizes = self._squares_by_group()
        names = layer_groups(self._before)
        ratios = [math.sqrt(changes[g] / sizes[g]) if sizes[g] else 0.0 for g in names]
        return (*ratios, math.sqrt(sum(changes.values()) / sum(sizes.values())))

    def _squares_by_group(self) -> tuple[dict[str, float], dict[str, float]]:
        changes, sizes = (
            dict.fromkeys(layer_groups(self._before), 0.0),
            dict.fromkeys(layer_groups(self._before), 0.0),
        )
        for name, w in self._network.named_parameters():
            changes[layer_group(name)] += float((w.detach() - self._before[name]).square().sum())
            sizes[layer_group(name)] += float(self._before[name].square().sum())
        return changes, sizes

    def noise(self) -> GradientNoise | None:
        """Of the last steps' gradients; None where it was not measured."""
        if not self._in_full:
            return None
        count = len(self._squares)
        mean = sum(float((total / count).square().sum()) for total in self._total)
        share = sum(1 / rows for rows in self._rows) / count
        return gradient_noise(sum(self._squares) / count, mean, share, count)

    def dead_units(self) -> tuple[float, ...]:
        """Share of dead units of each hidden layer in the last steps; empty where it was not measured."""
        return () if self._dead is None else self._dead.shares()

    def close(self) -> None:
        """Leave the network as it was."""
        if self._dead is not None:
            self._dead.close()
