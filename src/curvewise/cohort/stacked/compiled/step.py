"""One training step of many slots as a function of tensors alone: what is compiled."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import add

import torch
from torch import Tensor

from curvewise.cohort.families.perceptron_shape import PerceptronShape
from curvewise.cohort.stacked.chance import noised, silenced
from curvewise.cohort.stacked.compiled.examples import example_shape
from curvewise.cohort.stacked.compiled.inputs import Inputs, Weights
from curvewise.cohort.stacked.compiled.structure import Structure
from curvewise.cohort.stacked.layers import Training
from curvewise.cohort.stacked.layout import WeightLayout, layout_of
from curvewise.cohort.stacked.losses import totals, training_losses
from curvewise.cohort.stacked.minibatch import Minibatch
from curvewise.cohort.stacked.perceptron import perceptron
from curvewise.cohort.stacked.update import CLIP_EPSILON

Step = Callable[..., Tensor]
"""Takes the tensors of ``Inputs`` and ``Weights.flat``; returns losses and norms (2, K)."""


def step_of(structure: Structure) -> Step:
    """The step of this structure.

    A slot whose loss is not finite keeps its weights and moments. Norms are of the gradients, not clipped.
    """
    shape = example_shape(structure)
    layout = layout_of(shape)

    def step(*tensors: Tensor) -> Tensor:
        inputs = Inputs(*tensors[: len(Inputs._fields)])
        weights = Weights.cut(layout, tensors[len(Inputs._fields) :])
        losses, gradients = _gradients(structure, shape, layout, inputs, weights)
        squares = [piece.square().sum(dim=tuple(range(1, piece.ndim))) for piece in gradients]
        norms = reduce(add, squares).sqrt()
        limit = norms + CLIP_EPSILON
        factors = torch.where(inputs.largest < limit, inputs.largest / limit, 1.0)
        finite = torch.isfinite(losses)
        move = _average if structure.averages else _move
        for part, gradient in enumerate(gradients):
            old = (weights.trained[part], weights.first[part], weights.second[part])
            constant = [_column(row, gradient) for row in inputs.constant[:, part]]
            changing = [_column(row, gradient) for row in inputs.changing[:, part]]
            new = move(old, gradient * _column(factors, gradient), constant, changing)
            for before, after in zip(old, new, strict=True):
                before.copy_(torch.where(_column(finite, gradient), after, before))
        return torch.stack([losses, norms])

    return step


def _gradients(
    structure: Structure, shape: PerceptronShape, layout: WeightLayout, inputs: Inputs, weights: Weights
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Losses (K,) and their gradients, by parameter; ``totals`` brought up to date."""

    def silence(activations: Tensor, layer: int) -> Tensor:
        if not structure.drops:
            return activations
        return silenced(activations, inputs.keys[layer], inputs.limits, inputs.scales)

    numbers = inputs.numbers[inputs.rows]
    if structure.noisy:
        numbers = noised(numbers, inputs.keys[structure.layers], inputs.units)
    targets = inputs.targets[inputs.rows]
    batch = Minibatch(inputs.rows.shape[1], numbers, inputs.categories[inputs.rows], targets)
    smoothing = inputs.smoothing if structure.loss == "cross_entropy" else None
    with torch.enable_grad():
        leaves = [piece.detach().requires_grad_() for piece in weights.trained]
        training = Training(silence, lambda layer, seen: None)
        outputs = perceptron(shape, weights.named(layout, leaves), batch, training)
        losses = training_losses(structure.loss, outputs, targets, smoothing, None)
        gradients = torch.autograd.grad(losses.sum(), leaves)
    inputs.totals.add_(totals(structure.task, outputs.detach(), targets, None))
    return losses.detach(), gradients


Moved = tuple[Tensor, Tensor, Tensor]


def _move(old: Moved, g: Tensor, constant: list[Tensor], changing: list[Tensor]) -> Moved:
    """Weights, m and v after ``update``'s rule."""
    w, m, v = old
    a, b, c, d, e, f, eps, decay = constant
    pull, scale, shrink, _ = changing
    g = g + decay * w
    m, v = a * m + b * g, c * v + d * g * g
    return shrink * w - pull * (e * m + f * g) / (scale * v.sqrt() + eps), m, v


def _average(old: Moved, g: Tensor, constant: list[Tensor], changing: list[Tensor]) -> Moved:
    """Schedule-Free's y, z and v after ``update``'s rule."""
    y, z, v = old
    beta, _, c, d, _, _, eps, decay = constant
    pull, scale, _, share = changing
    v = c * v + d * g * g
    u = g / (scale * v.sqrt() + eps) + decay * y
    return y + share * (z - y) + pull * (beta * (1 - share) - 1) * u, z - pull * u, v


def _column(per_slot: Tensor, like: Tensor) -> Tensor:
    """(K,) -> (K, 1, ...), to go with a parameter (K, ...)."""
    return per_slot.view(-1, *[1] * (like.ndim - 1))
