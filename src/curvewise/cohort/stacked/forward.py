"""The families' networks, K of them at once: the same equations over tensors with one dimension more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from curvewise.cohort.families.cells import CellState, CellWeights, step, where_going
from curvewise.cohort.families.perceptron_shape import Activation, PerceptronShape
from curvewise.cohort.families.recurrent_shape import RecurrentShape
from curvewise.cohort.families.shape import Shape
from curvewise.cohort.stacked.device import Minibatch

Named = Mapping[str, Tensor]
"""Parameters and statistics by the reference's names, each with a first dimension K."""


@dataclass(frozen=True)
class Training:
    """What a forward pass does in training that it does not else."""

    silence: Callable[[Tensor, int], Tensor]
    """Dropout of what the layer of that number puts out."""
    watch: Callable[[Tensor, int, Activation], None]
    """Is told what enters the activation of a perceptron's layer."""


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


def forward(shape: Shape, named: Named, batch: Minibatch, training: Training | None) -> Tensor:
    """Outputs (K, S, C). In training, running statistics are brought up to date in place."""
    if isinstance(shape, PerceptronShape):
        return _perceptron(shape, named, batch, training)
    assert isinstance(shape, RecurrentShape)
    return _recurrent(shape, named, batch, training)


def affine(inputs: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Inputs (K or 1, B, D), weight (K, H, D), bias (K, H) -> (K, B, H)."""
    return torch.baddbmm(bias[:, None, :], inputs.expand(len(weight), -1, -1), weight.mT)


def _embedded(numbers: Tensor, categories: Tensor, named: Named) -> Tensor:
    """Numbers (K or 1, ..., D) and each column of categories (K or 1, ..., Q) as its slot's vectors."""
    pieces = []
    for q in range(categories.shape[-1]):
        weight = named[f"embeddings.{q}.weight"]
        slots, codes, size = weight.shape
        offsets = torch.arange(slots, device=weight.device) * codes
        places = categories[..., q] + offsets.view(-1, *[1] * (categories.ndim - 2))
        pieces.append(functional.embedding(places, weight.reshape(slots * codes, size)))
    if not pieces:
        return numbers
    return torch.cat([numbers.expand(len(pieces[0]), *numbers.shape[1:]), *pieces], dim=-1)


def _perceptron(shape: PerceptronShape, named: Named, batch: Minibatch, training: Training | None) -> Tensor:
    activations = _embedded(batch.numbers, batch.categories, named)
    activate = ACTIVATIONS[shape.activation]
    for layer in range(len(shape.units)):
        name = f"hidden.{layer}"
        sums = affine(activations, named[f"{name}.linear.weight"], named[f"{name}.linear.bias"])
        if shape.normalisation != "none":
            normalise = _over_rows if shape.normalisation == "batch" else _over_units
            sums = normalise(sums, named, f"{name}.normalisation", training is not None)
        if training is not None:
            training.watch(sums, layer, shape.activation)
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


def _recurrent(shape: RecurrentShape, named: Named, batch: Minibatch, training: Training | None) -> Tensor:
    activations = _embedded(batch.numbers, batch.categories, named)
    slots = len(named["output.weight"])
    time, rows = activations.shape[1:3]
    for layer in range(shape.layers):
        name = f"layers.{layer}"
        sums = affine(activations.flatten(1, 2), named[f"{name}.input_weight"], named[f"{name}.bias"])
        outputs = _through_time(shape, named, name, sums.view(slots, time, rows, -1), batch)
        activations = outputs if training is None else training.silence(outputs, layer)
    if shape.per_step:
        last = activations.flatten(1, 2)
    else:
        assert batch.lengths is not None
        ends = (batch.lengths - 1)[:, None, :, None].expand(slots, 1, rows, shape.units)
        last = activations.gather(1, ends)[:, 0]
    return affine(last, named["output.weight"], named["output.bias"])


def _through_time(
    shape: RecurrentShape, named: Named, name: str, projected: Tensor, batch: Minibatch
) -> Tensor:
    """Projected inputs (K, T, B, G H) -> outputs (K, T, B, H); see ``RecurrentLayer.forward``."""
    slots, _, rows, _ = projected.shape
    bias, peepholes = named.get(f"{name}.candidate_bias"), named.get(f"{name}.peepholes")
    weights = CellWeights(
        named[f"{name}.recurrent_weight"],
        None if bias is None else bias[:, None],
        None if peepholes is None else peepholes.transpose(0, 1)[:, :, None],
        named.get(f"{name}.gate_weight"),
    )
    zeros = projected.new_zeros(slots, rows, shape.units)
    state = CellState(zeros, zeros, projected.new_zeros(slots, rows, 3 * shape.units))
    ends = None if batch.even else batch.lengths
    outputs = []
    for t, now in enumerate(projected.unbind(1)):  # a view each: indexing would fill zeros for each backward
        new = step(shape.cell, now, state, weights)
        state = new if ends is None else where_going(t < ends, new, state)
        outputs.append(state.output)
    return torch.stack(outputs, dim=1)
