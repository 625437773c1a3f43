"""Applying trained weights to examples."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from curvewise.cohort.families.convolutional_shape import ConvolutionalShape
from curvewise.cohort.families.network import Network
from curvewise.cohort.slots import State
from curvewise.data.examples import Examples

PIECE = 8192
"""Most rows that pass through a network at once: past where larger pieces are faster."""
NUMBERS = 2**21
"""Most numbers that a layer of convolutions writes at once. They then stay in a processor's caches: on
28 x 28 images, pieces of 16 to 256 took 60 to 80 microseconds an image, 1,024 and more 160."""


def weights_of(network: Network) -> State:
    """A copy of the ``state_dict`` as arrays."""
    return {name: tensor.numpy().copy() for name, tensor in network.state_dict().items()}


@torch.no_grad()
def infer(network: Network, examples: Examples) -> NDArray[np.float32]:
    """Outputs (N, C), or (N, T, C) where every step has one; leaves the network in evaluation mode."""
    network.eval()
    steps = examples.steps
    longest = None if steps is None else int(steps.max(initial=0))
    shape = (examples.rows,) if longest is None else (examples.rows, longest)
    outputs = np.zeros((*shape, network.shape.outputs), dtype=np.float32)
    most = PIECE // (longest or 1)
    if isinstance(network.shape, ConvolutionalShape):
        most = min(most, NUMBERS // network.shape.largest_maps)
    for piece in _pieces(examples.rows, most):
        # Copied because examples are read-only, which torch cannot promise to respect
        found = network(*(torch.from_numpy(array[piece].copy()) for array in examples.inputs)).numpy()
        outputs[piece, : found.shape[1]] = found
    return outputs


def _pieces(rows: int, size: int) -> Iterator[slice]:
    for start in range(0, rows, max(1, size)):
        yield slice(start, start + max(1, size))
