"""Perceptrons, K of them at once: the equations of ``families/perceptron.py``."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from curvewise.cohort.dead_units import is_alive
from curvewise.cohort.families.perceptron_shape import PerceptronShape
from curvewise.cohort.stacked.layers import (
    ACTIVATIONS,
    EPSILON,
    MOMENTUM,
    Named,
    Training,
    affine,
    embedded,
)
from curvewise.cohort.stacked.minibatch import Minibatch


def perceptron(shape: PerceptronShape, named: Named, batch: Minibatch, training: Training | None) -> Tensor:
    """Outputs (K, B, C)."""
    activations = embedded(batch.numbers, batch.categories, named)
    activate = ACTIVATIONS[shape.activation]
    for layer in range(len(shape.units)):
        name = f"hidden.{layer}"
        sums = affine(activations, named[f"{name}.linear.weight"], named[f"{name}.linear.bias"])
        if shape.normalisation != "none":
            normalise = _over_rows if shape.normalisation == "batch" else _over_units
            sums = normalise(sums, named, f"{name}.normalisation", training is not None)
        if training is not None:
            training.watch(layer, partial(is_alive, sums, shape.activation))
        activations = activate(sums) if training is None else training.silence(activate(sums), layer)
    return affine(activations, named["output.weight"], named["output.bias"])


def _over_rows(sums: Tensor, named: Named, name: str, training: bool) -> Tensor:
    """Batch normalisation of (K, B, H): every unit of every slot is a channel of its own."""
    slots, rows, units = sums.shape
    channels = sums.transpose(0, 1).reshape(rows, slots * units)
    normalised = functional.batch_norm(
        channels,
        named[f"{name}.running_mean"].view(-1),
        named[f"{name}.running_var"].view(-1),
        named[f"{name}.weight"].reshape(-1),
        named[f"{name}.bias"].reshape(-1),
        training,
        MOMENTUM,
        EPSILON,
    )
    return normalised.view(rows, slots, units).transpose(0, 1)


def _over_units(sums: Tensor, named: Named, name: str, training: bool) -> Tensor:
    """Layer normalisation of (K, B, H)."""
    del training
    normalised = functional.layer_norm(sums, sums.shape[2:], eps=EPSILON)
    return torch.addcmul(named[f"{name}.bias"][:, None], normalised, named[f"{name}.weight"][:, None])
