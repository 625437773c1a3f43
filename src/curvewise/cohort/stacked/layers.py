"""Parts of the families' networks, K of them at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from curvewise.cohort.families.perceptron_shape import Activation

Named = Mapping[str, Tensor]
"""Parameters and statistics by the reference's names, each with a first dimension K."""


@dataclass(frozen=True)
class Training:
    """What a forward pass does in training that it does not else."""

    silence: Callable[[Tensor, int], Tensor]
    """Dropout of what the layer of that number puts out."""
    watch: Callable[[int, Callable[[], Tensor]], None]
    """Is told how to see where the units of the layer of that number are alive (K, ..., H)."""


ACTIVATIONS: dict[Activation, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu,
    "leaky_relu": functional.leaky_relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "gelu": functional.gelu,
    "silu": functional.silu,
}
MOMENTUM, EPSILON = 0.1, 1e-5
"""Of normalisations, as torch.nn has them."""


def affine(inputs: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Inputs (K or 1, B, D), weight (K, H, D), bias (K, H) -> (K, B, H)."""
    # Not len(weight): that is a plain number, which tracing takes for a constant
    return torch.baddbmm(bias[:, None, :], inputs.expand(weight.shape[0], -1, -1), weight.mT)


def looked_up(codes: Tensor, weight: Tensor) -> Tensor:
    """Codes (K or 1, ...) as vectors of each slot's weight (K, codes, size): (K, ..., size)."""
    slots, count, size = weight.shape
    offsets = torch.arange(slots, device=weight.device) * count
    places = codes + offsets.view(-1, *[1] * (codes.ndim - 1))
    return functional.embedding(places, weight.reshape(slots * count, size))


def embedded(numbers: Tensor, categories: Tensor, named: Named) -> Tensor:
    """Numbers (K or 1, ..., D) and each column of categories (K or 1, ..., Q) as its slot's vectors."""
    columns = enumerate(categories.unbind(-1))
    pieces = [looked_up(codes, named[f"embeddings.{q}.weight"]) for q, codes in columns]
    if not pieces:
        return numbers
    return torch.cat([numbers.expand(pieces[0].shape[0], *numbers.shape[1:]), *pieces], dim=-1)
