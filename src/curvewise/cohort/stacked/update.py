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

``shrink`` is 1 - rate x decay for AdamW's matrices, else 1. These are torch.optim's own rules. Of
Schedule-Free AdamW, with w its y and m its z (``averaging``), whose slots are in tiles of their own:

    u = g / (s sqrt(v) + eps) + decay w
    w = w + share (z - w) + pull (beta (1 - share) - 1) u,    z = z - pull u

Under maximal-update parametrisation pull and decay have a factor for every weight.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from curvewise.cohort.parametrisation import factors_of
from curvewise.cohort.recipe import Optimizer
from curvewise.cohort.stacked.device import device

if TYPE_CHECKING:
    from curvewise.cohort.stacked.slot import StackedSlot

FIRST = frozenset({"momentum_buffer", "exp_avg", "z"})
"""torch's names of what is m here, or z of Schedule-Free; the other moments are v."""
RULES: dict[Optimizer, Callable[[float, float], tuple[float, ...]]] = {
    "sgd": lambda mu, b2: (1, 0, 1, 0, 0, 1, 0, 1),
    "momentum": lambda mu, b2: (mu, 1, 1, 0, 1, 0, 0, 1),
    "nesterov": lambda mu, b2: (mu, 1, 1, 0, mu, 1, 0, 1),
    "adagrad": lambda mu, b2: (1, 0, 1, 1, 0, 1, 1, 1e-10),
    "rmsprop": lambda mu, b2: (1, 0, b2, 1 - b2, 0, 1, 1, 1e-8),
    "adam": lambda mu, b2: (mu, 1 - mu, b2, 1 - b2, 1, 0, 1, 1e-8),
    "adamw": lambda mu, b2: (mu, 1 - mu, b2, 1 - b2, 1, 0, 1, 1e-8),
    "schedule_free": lambda mu, b2: (mu, 1, b2, 1 - b2, 0, 0, 1, 1e-8),
}
"""a, b, c, d, e, f, s (before Adam's correction) and eps, of momentum and beta2."""
CLIP_EPSILON = 1e-6
"""What torch.nn.utils.clip_grad_norm_ adds to a norm."""

Numbers = NDArray[np.float64]
Rates = NDArray[np.float32]


@dataclass(frozen=True)
class Coefficients:
    """What an epoch's updates of K slots take from their recipes."""

    constant: Numbers
    """(10, K): a, b, c, d, e, f, s, eps; coupled decay; the largest norm, infinite where none is."""
    changing: Numbers
    """(4, steps, K): pull, s, shrink and Schedule-Free's share of every step."""
    factors: NDArray[np.float32] | None
    """(K, trained P): what the rate of each weight is multiplied by; None where it is 1 everywhere."""

    @classmethod
    def of(cls, slots: Sequence[StackedSlot], rates: Rates, shares: Rates) -> Coefficients:
        """``rates`` (K, steps) of this epoch, ``shares`` (K, steps) of Schedule-Free's average."""
        constant, changing = [], []
        for slot, slot_rates, share in zip(slots, rates.astype(np.float64), shares, strict=True):
            recipe = slot.recipe
            rule = RULES[recipe.optimizer](recipe.momentum, recipe.beta2)
            decoupled = recipe.optimizer == "adamw"
            coupled = 0.0 if decoupled else recipe.weight_decay
            constant.append([*rule, coupled, recipe.clip if recipe.clip > 0 else np.inf])
            pull, scale = slot_rates, np.full(len(slot_rates), rule[6])
            taken = slot.updates + np.arange(1, len(slot_rates) + 1)
            if recipe.optimizer in ("adam", "adamw"):
                pull = slot_rates / (1 - recipe.momentum**taken)
            if recipe.optimizer in ("adam", "adamw", "schedule_free"):
                scale = 1 / np.sqrt(1 - recipe.beta2**taken)
            shrink = 1 - slot_rates * (recipe.weight_decay if decoupled else 0.0)
            changing.append([pull, scale, shrink, share])
        return cls(np.array(constant).T, np.array(changing).transpose(1, 2, 0), _factors(slots))

    def kept(self, slots: Sequence[int]) -> Coefficients:
        """Those of some of the slots."""
        factors = None if self.factors is None else self.factors[slots]
        return Coefficients(self.constant[:, slots], self.changing[:, :, slots], factors)


def _factors(slots: Sequence[StackedSlot]) -> NDArray[np.float32] | None:
    if not any(slot.recipe.base_units for slot in slots):
        return None
    parts = slots[0].layout.trained
    rows = [[np.full(p.size, factors_of(slot.recipe, p.name).rate) for p in parts] for slot in slots]
    return np.stack([np.concatenate(row) for row in rows]).astype(np.float32)


class Update:
    """Clips and updates stacked weights, by ``Coefficients``.

    The first ``decayed`` weights of each row are; ``averages`` says that all slots are Schedule-Free.
    """

    def __init__(self, coefficients: Coefficients, decayed: int, averages: bool) -> None:
        self._decayed, self._averages = decayed, averages
        _, b, _, _, _, f, s, _, coupled, largest = coefficients.constant
        self._constant = _columns(coefficients.constant)
        self._changing = [_columns(of_step) for of_step in coefficients.changing.transpose(1, 0, 2)]
        self.clips = bool(np.isfinite(largest).any())
        self._couples = bool(coupled.any())
        self._shrinks = bool((coefficients.changing[2] != 1).any())
        self._direct = bool(f.any())
        self._first, self._second = bool(b.any()), bool(s.any())
        factors = coefficients.factors
        self._factors = None if factors is None else torch.from_numpy(factors).to(device())
        self._scratch: Tensor | None = None
        self._decay = self._constant[8]
        if self._factors is not None:
            self._decay = self._decay / self._factors[:, :decayed]

    def clip(self, gradient: Tensor, norms: Tensor) -> None:
        """Scale each slot's gradient (K, P) down to its largest norm, in place."""
        factors = self._constant[9] / (norms[:, None] + CLIP_EPSILON)
        gradient.mul_(factors.clamp_(max=1.0))

    def step(
        self, weights: Tensor, first: Tensor | None, second: Tensor | None, gradient: Tensor, index: int
    ) -> None:
        """Update in place: weights and moments (K, trained P); ``gradient`` is used up."""
        pull, scale, shrink, share = self._changing[index]
        speed = pull if self._factors is None else pull * self._factors
        if self._averages:
            assert first is not None
            assert second is not None
            self._average(weights, first, second, gradient, (speed, scale, share))
            return
        a, b, _, _, e, f, *_ = self._constant
        decayed = weights[:, : self._decayed]
        if self._couples:
            gradient[:, : self._decayed].addcmul_(decayed, self._decay)
        if self._shrinks:
            decayed.mul_(shrink)
        divides = second is not None and self._second
        divisor = self._divisor(second, gradient, scale) if divides and second is not None else None
        if first is not None and self._first:
            first.mul_(a).addcmul_(gradient, b)
            if self._direct:
                gradient.mul_(f).addcmul_(first, e)
            else:
                torch.mul(first, e, out=gradient)
        gradient.mul_(-speed)
        if divisor is None:
            weights.add_(gradient)
        else:
            weights.addcdiv_(gradient, divisor)

    def _divisor(self, second: Tensor, gradient: Tensor, scale: Tensor) -> Tensor:
        """Bring v up to date; s sqrt(v) + eps, which the next step overwrites."""
        _, _, c, d, _, _, _, eps, *_ = self._constant
        if self._scratch is None:
            # Kept, because memory given back and taken anew at every step costs more than what is computed
            self._scratch = torch.empty_like(second)
        second.mul_(c).addcmul_(torch.mul(gradient, d, out=self._scratch), gradient)
        return torch.sqrt(second, out=self._scratch).mul_(scale).add_(eps)

    def _average(
        self, y: Tensor, z: Tensor, second: Tensor, gradient: Tensor, now: tuple[Tensor, Tensor, Tensor]
    ) -> None:
        """Schedule-Free's step; ``now`` holds pull, s and share."""
        speed, scale, share = now
        scaled = gradient.div_(self._divisor(second, gradient, scale))
        scaled[:, : self._decayed].addcmul_(y[:, : self._decayed], self._decay)
        y.lerp_(z, share).addcmul_(scaled, speed * (self._constant[0] * (1 - share) - 1))
        z.addcmul_(scaled, -speed)


def _columns(rows: Numbers) -> list[Tensor]:
    """(n, K) -> n tensors (K, 1)."""
    return list(torch.from_numpy(rows.astype(np.float32)).to(device())[:, :, None].unbind(0))
