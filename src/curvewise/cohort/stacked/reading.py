"""The encoders of K encoder-decoders at once: the equations of ``families/translation.py``."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from curvewise.cohort.dead_units import is_cell_alive
from curvewise.cohort.families.cells import CellState
from curvewise.cohort.families.translation_shape import TranslationShape
from curvewise.cohort.measuring import has_dead_units
from curvewise.cohort.stacked.layers import Named, Training, affine, looked_up
from curvewise.cohort.stacked.minibatch import Source
from curvewise.cohort.stacked.recurrent import cell_weights, through_time

PARAMETERS = ("input_weight", "recurrent_weight", "bias", "candidate_bias", "peepholes", "gate_weight")
"""Of a layer of cells, as far as its cell has them."""


def encoded(
    shape: TranslationShape, named: Named, source: Source, training: Training | None
) -> tuple[Tensor, list[CellState]]:
    """Annotations (K, S, B, 2 H), and of every layer the state of the backwards cells at the first step.

    The two directions of K networks are taken through time as the one direction of 2 K.
    """
    activations = looked_up(source.codes, named["embeddings.source.weight"])
    slots, time, rows = activations.shape[:3]
    order = None if source.even else _turned(source.lengths, time).expand(slots, time, rows)
    lengths = None if source.even else source.lengths.expand(slots, rows).repeat(2, 1)
    states = []
    for layer in range(shape.layers):
        both = _directions(named, f"encoder.{layer}")
        entering = torch.cat([activations, _from_the_end(activations, order)]).flatten(1, 2)
        projected = affine(entering, both["both.input_weight"], both["both.bias"])
        weights = cell_weights(both, "both")
        outputs, state = through_time(
            shape.encoder_cell, weights, projected.view(2 * slots, time, rows, -1), lengths
        )
        onward, back = outputs.chunk(2)
        states.append(CellState(*(each.chunk(2)[1] for each in (state.output, state.cell, state.gates))))
        activations = torch.cat([onward, _from_the_end(back, order)], dim=3)
        if training is not None:
            activations = training.silence(activations, layer)
            if has_dead_units(shape.encoder_cell):
                training.watch(2 * layer, partial(is_cell_alive, onward, shape.encoder_cell))
                training.watch(2 * layer + 1, partial(is_cell_alive, back, shape.encoder_cell))
    return activations, states


def _directions(named: Named, name: str) -> dict[str, Tensor]:
    """A layer's parameters, (2 K, ...): first those of the cells that go forwards."""
    both = {}
    for parameter in PARAMETERS:
        if f"{name}.forwards.{parameter}" in named:
            each = [named[f"{name}.{direction}.{parameter}"] for direction in ("forwards", "backwards")]
            both[f"both.{parameter}"] = torch.cat(each)
    return both


def _turned(lengths: Tensor, time: int) -> Tensor:
    """Lengths (K, B) -> (K, S, B): see ``translation._turned`` of the families."""
    steps, ends = torch.arange(time, device=lengths.device)[:, None], lengths[:, None]
    return torch.where(steps < ends, ends - 1 - steps, steps)


def _from_the_end(sequences: Tensor, order: Tensor | None) -> Tensor:
    """Sequences (K, S, B, n), each read from its end: by ``order`` (K, S, B), None where all have S steps."""
    return sequences.flip(1) if order is None else sequences.gather(1, order[..., None].expand_as(sequences))
