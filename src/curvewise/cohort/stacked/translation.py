"""Attention encoder-decoders, K of them at once: the equations of ``families/translation.py``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from curvewise.cohort.dead_units import is_cell_alive
from curvewise.cohort.families.cells import CellState, step, where_going
from curvewise.cohort.families.translation_shape import TranslationShape
from curvewise.cohort.measuring import has_dead_units
from curvewise.cohort.stacked.attention import Memory, memory
from curvewise.cohort.stacked.layers import Named, Training, affine, looked_up
from curvewise.cohort.stacked.minibatch import Minibatch
from curvewise.cohort.stacked.reading import encoded
from curvewise.cohort.stacked.recurrent import cell_weights

Kept = Sequence[Sequence[Tensor]]
"""Of each layer and step, what dropout multiplies the outputs (K, B, H) by; empty where nothing is."""


def translation(shape: TranslationShape, named: Named, batch: Minibatch, training: Training | None) -> Tensor:
    """Logits of every step of the targets, (K, T B, C)."""
    assert batch.source is not None
    annotations, states = encoded(shape, named, batch.source, training)
    lowest, codes = named["decoder.0.input_weight"], batch.categories[..., 0]
    previous = looked_up(codes, named["embeddings.target.weight"])
    size = previous.shape[-1]
    # Of all steps at once, what the codes before them add to what enters the lowest layer
    projected = affine(previous.flatten(1, 2), lowest[..., :size], named["decoder.0.bias"])
    decoder = _Decoder(shape, named, memory(named, annotations, batch.source), lowest[..., size:])
    kept = _kept(shape, previous, training)
    outputs: list[list[Tensor]] = [[] for _ in range(shape.layers)]
    written = []
    for t, now in enumerate(projected.view(*previous.shape[:3], -1).unbind(1)):
        new, context = decoder.step(now, states, [factors[t] for factors in kept])
        states = new if batch.even else _going_on(batch, t, new, states)
        for layer, state in zip(outputs, states, strict=True):
            layer.append(state.output)
        last = states[-1].output * kept[-1][t] if kept else states[-1].output
        written.append(torch.cat([last, context], dim=2))
    if training is not None and has_dead_units(shape.cell):
        for number, of_layer in enumerate(outputs, start=2 * shape.layers):
            training.watch(number, _alive(shape, of_layer))
    return affine(torch.cat(written, dim=1), named["output.weight"], named["output.bias"])


def _going_on(
    batch: Minibatch, t: int, new: Sequence[CellState], old: Sequence[CellState]
) -> list[CellState]:
    """The states of the layers after step ``t``: of targets that have ended, the old ones."""
    assert batch.lengths is not None
    going = t < batch.lengths
    return [where_going(going, after, before) for after, before in zip(new, old, strict=True)]


def _kept(shape: TranslationShape, previous: Tensor, training: Training | None) -> Kept:
    """``previous`` (K, T, B, ...) says how many there are."""
    if training is None:
        return []
    ones = previous.new_ones(*previous.shape[:3], shape.units)
    factors = [training.silence(ones, shape.layers + layer) for layer in range(shape.layers)]
    return [] if factors[0] is ones else [of_layer.unbind(1) for of_layer in factors]


def _alive(shape: TranslationShape, outputs: Sequence[Tensor]) -> Callable[[], Tensor]:
    def look() -> Tensor:
        return is_cell_alive(torch.stack(list(outputs), dim=1), shape.cell)

    return look


@dataclass(frozen=True)
class _Decoder:
    """Layers of cells over what was read."""

    shape: TranslationShape
    named: Named
    memory: Memory
    lowest: Tensor
    """(K, G H, 2 H): what the lowest layer weights the context by."""

    def step(
        self, projected: Tensor, states: Sequence[CellState], kept: Sequence[Tensor]
    ) -> tuple[list[CellState], Tensor]:
        """One step (K, B, G H): the layers' states after it, and the context (K, B, 2 H) that was seen."""
        context = self.memory.context(states[-1].output)
        entering, new = projected + context @ self.lowest.mT, list[CellState]()
        for layer, state in enumerate(states):
            name = f"decoder.{layer}"
            if layer:
                below = new[-1].output * kept[layer - 1] if kept else new[-1].output
                entering = affine(below, self.named[f"{name}.input_weight"], self.named[f"{name}.bias"])
            new.append(step(self.shape.cell, entering, state, cell_weights(self.named, name)))
        return new, context
