"""Units that no gradient passes, told by the gradients that an optimizer is given."""

from __future__ import annotations

import weakref
from collections.abc import Sequence

import torch
from torch import Tensor

from curvewise.cohort.measuring import MEASURED_STEPS
from curvewise.live.layers import Place
from curvewise.live.norms import local


class Silence:
    """Which units got a gradient in the last 8 measured steps.

    A unit is dead that passes no gradient on for any example (as in ``cohort/dead_units.py``): then its
    bias, and its row of the weights, has a gradient of exactly 0. So it can be told without looking into
    the forward pass, whatever the activation is called. What is saturated counts once its slope rounds to
    0. Layers without a gradient at all are frozen or unused, and tell nothing; neither do cells with gates
    and embeddings, whose rows are seldom all in use.
    """

    def __init__(self) -> None:
        self._alive: dict[int, tuple[weakref.ref[Tensor], Tensor]] = {}
        self._seen = 0

    def see(self, parameters: Sequence[Tensor], places: Sequence[Place]) -> None:
        """The gradients that one optimizer is given in a step."""
        for parameter, place in zip(parameters, places, strict=True):
            if not place.of_units or parameter.grad is None or parameter.grad.layout != torch.strided:
                continue
            gradient = local(parameter.grad)
            alive = gradient != 0 if gradient.ndim == 1 else gradient.flatten(1).any(dim=1)
            known = self._alive.get(id(parameter))
            if known is not None and known[0]() is parameter and known[1].shape == alive.shape:
                alive = alive.logical_or_(known[1])
            self._alive[id(parameter)] = (weakref.ref(parameter), alive)

    def shares(self) -> list[Tensor]:
        """Called once for each measured step: of each layer the share of dead units over 8, else nothing.

        Layers of one unit are left out: outputs, not hidden ones.
        """
        self._seen += 1
        if self._seen < MEASURED_STEPS:
            return []
        alive = [mask for _, mask in self._alive.values() if mask.numel() > 1]
        self._alive, self._seen = {}, 0
        return [1 - mask.to(torch.float32).mean() for mask in alive]
