"""Applying the weights of many slots to examples."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from curvewise.cohort.families.convolutional_shape import ConvolutionalShape
from curvewise.cohort.families.shape import Shape
from curvewise.cohort.recipe import Recipe
from curvewise.cohort.slots import State
from curvewise.cohort.stacked.device import device
from curvewise.cohort.stacked.forward import forward
from curvewise.cohort.stacked.layers import Named
from curvewise.cohort.stacked.losses import totals
from curvewise.cohort.stacked.minibatch import DeviceExamples, Minibatch
from curvewise.cohort.stacked.placing import place
from curvewise.data.examples import Examples, Task

PIECE = 1 << 21
"""Numbers that the widest layer of all slots together may have of the rows evaluated at once: 8 MB, so
that they stay in a processor's caches."""


def evaluate(shape: Shape, named: Named, examples: DeviceExamples, task: Task) -> Tensor:
    """``losses.totals`` of every slot over all examples, (3, K)."""
    slots = len(named["output.weight"])
    total = torch.zeros(3, slots, dtype=torch.float64, device=device())
    for batch, outputs in _pieces(shape, named, examples):
        total += totals(task, outputs, batch.targets, batch.counted)
    return total


def stacked_outputs(recipe: Recipe, weights: State, examples: Examples) -> NDArray[np.float32]:
    """Outputs by these weights of one slot: (N, C), or (N, T, C) where every step has a target."""
    floats = {name: array for name, array in weights.items() if array.dtype == np.float32}
    named = {name: torch.tensor(array, device=device())[None] for name, array in floats.items()}
    placed = place(examples)
    time = () if examples.steps is None else (int(examples.steps.max(initial=0)),)
    found = np.zeros((examples.rows, *time, recipe.shape.outputs), dtype=np.float32)
    start = 0
    for batch, outputs in _pieces(recipe.shape, named, placed):
        rows = batch.rows
        values = outputs[0].cpu().numpy()
        if examples.steps is None:
            found[start : start + rows] = values
        else:
            by_row = values.reshape(-1, rows, recipe.shape.outputs).swapaxes(0, 1)
            found[start : start + rows, : by_row.shape[1]] = by_row
        start += rows
    return found


def _pieces(shape: Shape, named: Named, examples: DeviceExamples) -> Iterator[tuple[Minibatch, Tensor]]:
    widest = shape.largest_maps if isinstance(shape, ConvolutionalShape) else shape.widest
    numbers = len(named["output.weight"]) * max(widest, shape.outputs, 1) * examples.longest
    size = max(1, PIECE // numbers)
    for start in range(0, examples.rows, size):
        rows = np.arange(start, min(start + size, examples.rows))
        batch = examples.take(rows[None])
        with torch.no_grad():
            yield batch, forward(shape, named, batch, None)
