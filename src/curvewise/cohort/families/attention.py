r"""Attention over the steps of a source: which of them matter now, and what they say together.

Letters: B pairs, S source steps, H units; h_j (2 H) the encoder's annotation of step j, s (H) the
decoder's output of the step before, k_j = W_k h_j (H) the key of step j.

    e_j = v . tanh(W_q s + k_j)     additive (Bahdanau et al. 2015, arXiv 1409.0473, appendix A.1.2)
    e_j = s . k_j                   dot (Luong et al. 2015, arXiv 1508.04025, equation 8; as an annotation
                                    of both directions has 2 H numbers, W_k makes it their "general")
    a = softmax(e) over the source's own steps,    context = sum_j a_j h_j    (2 H)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from curvewise.cohort.families.translation_shape import TranslationShape


@dataclass(frozen=True)
class Memory:
    """A source that was read, ready to be looked at."""

    annotations: Tensor
    """h (B, S, 2 H)."""
    keys: Tensor
    """k (B, S, H)."""
    valid: Tensor
    """(B, S), True where the source has a step."""


class Attention(nn.Module):
    """Additive or dot attention; parameters ``key.weight``, additive also ``query.weight``,
    ``score.weight``.
    """

    def __init__(self, shape: TranslationShape) -> None:
        super().__init__()
        units, additive = shape.units, shape.attention == "additive"
        self.key = nn.Linear(2 * units, units, bias=False)
        self.query = nn.Linear(units, units, bias=False) if additive else None
        self.score = nn.Linear(units, 1, bias=False) if additive else None

    def memory(self, annotations: Tensor, lengths: Tensor) -> Memory:
        """What is looked at: annotations (B, S, 2 H) of sources of these ``lengths`` (B,)."""
        steps = torch.arange(annotations.shape[1], device=annotations.device)
        return Memory(annotations, self.key(annotations), steps < lengths[:, None])

    def forward(self, output: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """The decoder's output (B, H) -> context (B, 2 H) and the steps' shares a (B, S), 0 where invalid."""
        if self.query is None or self.score is None:
            scores = (memory.keys @ output[:, :, None])[:, :, 0]
        else:
            scores = self.score(torch.tanh(self.query(output)[:, None] + memory.keys))[:, :, 0]
        shares = torch.softmax(scores.masked_fill(~memory.valid, -math.inf), dim=1)
        return (shares[:, None] @ memory.annotations)[:, 0], shares
