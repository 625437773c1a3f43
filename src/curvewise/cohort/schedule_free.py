"""Schedule-Free AdamW as a torch optimizer; its equations are in ``averaging``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, optim


class ScheduleFreeAdamW(optim.Optimizer):
    """The parameters are y while training; ``z`` and ``exp_avg_sq`` are kept of each.

    Each step reads ``lr`` and ``share`` (c, see ``averaging.Averaging.over``) from its parameter groups.
    """

    def __init__(self, groups: Any, lr: float, betas: tuple[float, float]) -> None:
        super().__init__(groups, {"lr": lr, "share": 1.0, "betas": betas, "weight_decay": 0.0})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """One step of every parameter that has a gradient."""
        for group in self.param_groups:
            for y in group["params"]:
                if y.grad is not None:
                    self._move(y, y.grad, group)
        return None if closure is None else closure()

    def _move(self, y: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        kept = self.state[y]
        if not kept:
            kept |= {"step": torch.tensor(0.0), "z": y.clone(), "exp_avg_sq": torch.zeros_like(y)}
        rate, share, (beta, beta2) = group["lr"], group["share"], group["betas"]
        z, v = kept["z"], kept["exp_avg_sq"]
        kept["step"] += 1
        v.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        scaled = gradient / ((v / (1 - beta2 ** kept["step"].item())).sqrt() + 1e-8)
        scaled += group["weight_decay"] * y
        # x moves to (1 - c) x + c z, z by -gamma, and y to what is between them; x itself is not kept
        y.lerp_(z, share).add_(scaled, alpha=rate * (beta * (1 - share) - 1))
        z.sub_(scaled, alpha=rate)
