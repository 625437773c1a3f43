"""Attention of K encoder-decoders at once: the equations of ``families/attention.py``."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from curvewise.cohort.stacked.layers import Named
from curvewise.cohort.stacked.minibatch import Source


@dataclass(frozen=True)
class Memory:
    """Sources that were read, ready to be looked at."""

    annotations: Tensor
    """h (K, B, S, 2 H)."""
    keys: Tensor
    """k (K, B, S, H)."""
    beyond: Tensor | None
    """(K or 1, B, S), True where the source has ended; None where all are as long as the longest."""
    query: Tensor | None
    """W_q (K, H, H), of additive attention."""
    score: Tensor | None
    """v (K, 1, H), of additive attention."""

    def context(self, output: Tensor) -> Tensor:
        """The decoder's outputs (K, B, H) -> contexts (K, B, 2 H)."""
        if self.query is None or self.score is None:
            scores = (self.keys @ output[..., None])[..., 0]
        else:
            compared = torch.tanh((output @ self.query.mT)[:, :, None] + self.keys)
            scores = (compared.flatten(1, 2) @ self.score.mT).view(compared.shape[:3])
        if self.beyond is not None:
            scores = scores.masked_fill(self.beyond, -math.inf)
        return (torch.softmax(scores, dim=2)[:, :, None] @ self.annotations)[:, :, 0]


def memory(named: Named, annotations: Tensor, source: Source) -> Memory:
    """What is looked at: annotations (K, S, B, 2 H)."""
    by_row = annotations.transpose(1, 2).contiguous()
    slots, rows, steps = by_row.shape[:3]
    keys = (by_row.flatten(1, 2) @ named["attention.key.weight"].mT).view(slots, rows, steps, -1)
    beyond = None
    if not source.even:
        beyond = torch.arange(steps, device=by_row.device) >= source.lengths[:, :, None]
    return Memory(
        by_row, keys, beyond, named.get("attention.query.weight"), named.get("attention.score.weight")
    )
