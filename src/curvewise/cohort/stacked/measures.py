"""What points tell of an epoch's last steps, of many slots at once: ``epoch_measures``, K times."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from curvewise.cohort.measuring import (
    MEASURED_STEPS,
    gradient_noise,
    layer_group,
    layer_groups,
)
from curvewise.cohort.stacked.layout import WeightLayout
from curvewise.cohort.trained import Measured


class Measures:
    """Looks on while K slots take the ``steps`` steps of an epoch; ``full`` says of which all is measured."""

    def __init__(self, layout: WeightLayout, steps: int, full: Sequence[bool]) -> None:
        self._layout, self._steps, self._full = layout, steps, list(full)
        self._squares: list[Tensor] = []
        self._rows: list[int] = []
        self._total: Tensor | None = None
        self._alive: dict[int, Tensor] = {}
        self._changes: Tensor | None = None
        self._sizes: Tensor | None = None

    def kept(self, slots: Sequence[int]) -> None:
        """Look on some of the slots only from now on."""
        self._full = [self._full[k] for k in slots]
        self._squares = [squares[slots] for squares in self._squares]
        self._total = None if self._total is None else self._total[slots]
        self._alive = {layer: alive[slots] for layer, alive in self._alive.items()}

    def watches(self, index: int) -> bool:
        """True where step ``index`` is watched from within; else its gradients' norms are all it takes."""
        return any(self._full) and index >= self._steps - MEASURED_STEPS

    def watch(self, index: int) -> Callable[[int, Callable[[], Tensor]], None]:
        """To be told how to see where each layer's units are alive in step ``index``: (K, ..., H)."""
        watching = self.watches(index)

        def look(layer: int, seen: Callable[[], Tensor]) -> None:
            if watching:
                with torch.no_grad():
                    alive = seen().flatten(1, -2).any(dim=1)
                self._alive[layer] = self._alive[layer] | alive if layer in self._alive else alive

        return look

    def gradient(self, index: int, gradient: Tensor, rows: int) -> Tensor | None:
        """The norms (K,) of a step's gradients (K, trained P), not clipped; None unless it is of the last."""
        if index < self._steps - MEASURED_STEPS:
            return None
        norms: Tensor = torch.linalg.vector_norm(gradient, dim=1)
        self._squares.append(norms.square())
        self._rows.append(rows)
        if any(self._full):
            self._total = gradient.clone() if self._total is None else self._total + gradient
        return norms

    def normed(self, index: int, norms: Tensor, rows: int) -> None:
        """The norms (K,) of a step's gradients, not clipped, of a step that is not watched."""
        if index >= self._steps - MEASURED_STEPS:
            self._squares.append(norms.square())
            self._rows.append(rows)

    def moved(self, before: Tensor, after: Tensor) -> None:
        """The last step took the weights (K, P) from ``before`` to ``after``."""
        self._sizes, self._changes = self._by_group(before), self._by_group(after - before)

    def _by_group(self, rows: Tensor) -> Tensor:
        """Sums of squares (K, groups)."""
        squares = rows.square()
        sums = {part.name: squares[:, part.start : part.end].sum(dim=1) for part in self._layout.parts}
        groups = layer_groups(self._layout.names)
        zeros = torch.zeros_like(squares[:, 0])
        return torch.stack(
            [sum((total for n, total in sums.items() if layer_group(n) == g), zeros) for g in groups], dim=1
        )

    def results(self) -> list[Measured]:
        """What was measured of every slot."""
        assert self._sizes is not None
        assert self._changes is not None
        squares = torch.stack(self._squares, dim=1).tolist()
        sizes, changes = self._sizes.tolist(), self._changes.tolist()
        means, share = [0.0] * len(squares), sum(1 / count for count in self._rows) / len(self._rows)
        if self._total is not None:
            means = (self._total / len(self._rows)).square().sum(dim=1).tolist()
        dead = [(1 - alive.float().mean(dim=1)).tolist() for alive in self._alive.values()]
        return [
            Measured(
                gradient_norm=sum(map(math.sqrt, squares[k])) / len(self._rows),
                update_ratios=_ratios(changes[k], sizes[k]),
                dead_units=tuple(layer[k] for layer in dead) if self._full[k] else (),
                noise=gradient_noise(sum(squares[k]) / len(self._rows), means[k], share, len(self._rows))
                if self._full[k]
                else None,
            )
            for k in range(len(squares))
        ]


def _ratios(changes: Sequence[float], sizes: Sequence[float]) -> tuple[float, ...]:
    each = [math.sqrt(change / size) if size else 0.0 for change, size in zip(changes, sizes, strict=True)]
    return (*each, math.sqrt(sum(changes) / sum(sizes)))
