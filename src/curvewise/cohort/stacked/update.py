r"""One step of every optimizer of the space at once, each slot by coefficients of its own.

With g the gradient (clipped, coupled weight decay added), per slot:

    m = a m + b g                        v = c v + d g^2
    w = shrink w - pull (e m + f g) / (s sqrt(v) + eps)

| optimizer | a, b      | c, d             | e, f  | s                  | eps   | pull              |
|-----------|-----------|------------------|-------|--------------------|-------|-------------------|
| sgd       | 1, 0      | 1, 0             | 0, 1  | 0                  | 1     | rate              |
| momentum  | mu, 1     | 1, 0             | 1, 0  | 0                  | 1     | rate              |
| nesterov  | mu, 1     | 1, 0             | mu, 1 | 0                  | 1     | rate              |
| adagrad   | 1, 0      | 1, 1             | 0, 1  | 1                  | 1e-10 | rate              |
| rmsprop   | 1, 0      | alpha, 1 - alpha | 0, 1  | 1                  | 1e-8  | rate              |
| adam(w)   | b1, 1 - b1| b2, 1 - b2       | 1, 0  | 1 / sqrt(1 - b2^t) | 1e-8  | rate / (1 - b1^t) |

``shrink`` is 1 - rate x decay for AdamW's matrices, else 1. These are torch.optim's own rules.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from curvewise.cohort.recipe import Optimizer, Recipe
from curvewise.cohort.stacked.device import device

FIRST = frozenset({"momentum_buffer", "exp_avg"})
"""torch's names of what is m here; its other moments are v."""
RULES: dict[Optimizer, Callable[[float, float], tuple[float, ...]]] = {
    "sgd": lambda mu, b2: (1, 0, 1, 0, 0, 1, 0, 1),
    "momentum": lambda mu, b2: (mu, 1, 1, 0, 1, 0, 0, 1),
    "nesterov": lambda mu, b2: (mu, 1, 1, 0, mu, 1, 0, 1),
    "adagrad": lambda mu, b2: (1, 0, 1, 1, 0, 1, 1, 1e-10),
    "rmsprop": lambda mu, b2: (1, 0, b2, 1 - b2, 0, 1, 1, 1e-8),
    "adam": lambda mu, b2: (mu, 1 - mu, b2, 1 - b2, 1, 0, 1, 1e-8),
    "adamw": lambda mu, b2: (mu, 1 - mu, b2, 1 - b2, 1, 0, 1, 1e-8),
}
"""a, b, c, d, e, f, s (before Adam's correction) and eps, of momentum and beta2."""
CLIP_EPSILON = 1e-6
"""What torch.nn.utils.clip_grad_norm_ adds to a norm."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Coefficients:
    """What an epoch's updates of K slots take from their recipes."""

    constant: Numbers
    """(10, K): a, b, c, d, e, f, s, eps; coupled decay; the largest norm, infinite where none is."""
    changing: Numbers
    """(3, steps, K): pull, s, shrink of every step."""

    @classmethod
    def of(
        cls, recipes: Sequence[Recipe], updates: Sequence[int], rates: NDArray[np.float32]
    ) -> Coefficients:
        """``updates`` (K,) that each optimizer has taken before, ``rates`` (K, steps) of this epoch."""
        constant, changing = [], []
        for recipe, before, slot_rates in zip(recipes, updates, rates.astype(np.float64), strict=True):
            rule = RULES[recipe.optimizer](recipe.momentum, recipe.beta2)
            decoupled = recipe.optimizer == "adamw"
            coupled = 0.0 if decoupled else recipe.weight_decay
            constant.append([*rule, coupled, recipe.clip if recipe.clip > 0 else np.inf])
            pull, scale = slot_rates, np.full(len(slot_rates), rule[6])
            if recipe.optimizer in ("adam", "adamw"):
                taken = before + np.arange(1, len(slot_rates) + 1)
                pull = slot_rates / (1 - recipe.momentum**taken)
                scale = 1 / np.sqrt(1 - recipe.beta2**taken)
            shrink = 1 - slot_rates * (recipe.weight_decay if decoupled else 0.0)
            changing.append([pull, scale, shrink])
        return cls(np.array(constant).T, np.array(changing).transpose(1, 2, 0))

    def kept(self, slots: Sequence[int]) -> Coefficients:
        """Those of some of the slots."""
        return Coefficients(self.constant[:, slots], self.changing[:, :, slots])


class Update:
    """Clips and updates stacked weights, by ``Coefficients``."""

    def __init__(self, coefficients: Coefficients, decayed: int) -> None:
        self._decayed = decayed
        _, b, _, _, _, f, s, _, coupled, largest = coefficients.constant
        self._constant = _columns(coefficients.constant)
        self._changing = [_columns(of_step) for of_step in coefficients.changing.transpose(1, 0, 2)]
        self.clips = bool(np.isfinite(largest).any())
        self._couples = bool(coupled.any())
        self._shrinks = bool((coefficients.changing[2] != 1).any())
        self._direct = bool(f.any())
        self._first, self._second = bool(b.any()), bool(s.any())

    def clip(self, gradient: Tensor, norms: Tensor) -> None:
        """Scale each slot's gradient (K, P) down to its largest norm, in place."""
        factors = self._constant[9] / (norms[:, None] + CLIP_EPSILON)
        gradient.mul_(factors.clamp_(max=1.0))

    @torch.no_grad()
    def step(
        self, weights: Tensor, first: Tensor | None, second: Tensor | None, gradient: Tensor, index: int
    ) -> None:
        """Update in place: weights and moments (K, trained P); ``gradient`` is used up."""
        a, b, c, d, e, f, _, eps, coupled, _ = self._constant
        pull, scale, shrink = self._changing[index]
        decayed = weights[:, : self._decayed]
        if self._couples:
            gradient[:, : self._decayed].addcmul_(decayed, coupled)
        if self._shrinks:
            decayed.mul_(shrink)
        direction = gradient
        if first is not None and self._first:
            first.mul_(a).addcmul_(gradient, b)
            direction = torch.addcmul(gradient * f, first, e) if self._direct else first * e
        if second is not None and self._second:
            second.mul_(c).addcmul_(gradient * d, gradient)
            divisor = second.sqrt().mul_(scale).add_(eps)
            weights.addcdiv_(direction * -pull, divisor)
        else:
            weights.addcmul_(direction, -pull)


def _columns(rows: Numbers) -> list[Tensor]:
    """(n, K) -> n tensors (K, 1)."""
    return list(torch.from_numpy(rows.astype(np.float32)).to(device())[:, :, None].unbind(0))
