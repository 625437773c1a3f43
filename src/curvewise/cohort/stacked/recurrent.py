"""Recurrent networks, K of them at once: the equations of ``families/recurrent.py``."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from curvewise.cohort.dead_units import is_cell_alive
from curvewise.cohort.families.cells import CellState, CellWeights, step, where_going
from curvewise.cohort.families.recurrent_shape import RecurrentShape
from curvewise.cohort.measuring import has_dead_units
from curvewise.cohort.stacked.layers import Named, Training, affine, embedded
from curvewise.cohort.stacked.minibatch import Minibatch
from curvewise.records.model import Cell


def recurrent(shape: RecurrentShape, named: Named, batch: Minibatch, training: Training | None) -> Tensor:
    """Outputs of every step (K, T B, C), or of the last (K, B, C)."""
    activations = embedded(batch.numbers, batch.categories, named)
    slots = len(named["output.weight"])
    time, rows = activations.shape[1:3]
    going_on_until = None if batch.even else batch.lengths
    for layer in range(shape.layers):
        name = f"layers.{layer}"
        sums = affine(activations.flatten(1, 2), named[f"{name}.input_weight"], named[f"{name}.bias"])
        projected, weights = sums.view(slots, time, rows, -1), cell_weights(named, name)
        outputs, _ = through_time(shape.cell, weights, projected, going_on_until)
        if training is not None and has_dead_units(shape.cell):
            training.watch(layer, partial(is_cell_alive, outputs, shape.cell))
        activations = outputs if training is None else training.silence(outputs, layer)
    if shape.per_step:
        last = activations.flatten(1, 2)
    else:
        assert batch.lengths is not None
        ends = (batch.lengths - 1)[:, None, :, None].expand(slots, 1, rows, shape.units)
        last = activations.gather(1, ends)[:, 0]
    return affine(last, named["output.weight"], named["output.bias"])


def cell_weights(named: Named, name: str) -> CellWeights:
    """What acts in time in the layer of that name, as ``cells.step`` takes it of K networks."""
    bias, peepholes = named.get(f"{name}.candidate_bias"), named.get(f"{name}.peepholes")
    return CellWeights(
        named[f"{name}.recurrent_weight"],
        None if bias is None else bias[:, None],
        None if peepholes is None else peepholes.transpose(0, 1)[:, :, None],
        named.get(f"{name}.gate_weight"),
    )


def through_time(
    cell: Cell, weights: CellWeights, projected: Tensor, lengths: Tensor | None
) -> tuple[Tensor, CellState]:
    """Projected inputs (K, T, B, G H) -> outputs (K, T, B, H), and the state after each one's last step.

    ``lengths`` (K, B), None where all are T; see ``RecurrentLayer.run``.
    """
    slots, _, rows, _ = projected.shape
    units = weights.recurrent.shape[-1]
    zeros = projected.new_zeros(slots, rows, units)
    state = CellState(zeros, zeros, projected.new_zeros(slots, rows, 3 * units))
    outputs = []
    for t, now in enumerate(projected.unbind(1)):  # a view each: indexing would fill zeros for each backward
        new = step(cell, now, state, weights)
        state = new if lengths is None else where_going(t < lengths, new, state)
        outputs.append(state.output)
    return torch.stack(outputs, dim=1), state
