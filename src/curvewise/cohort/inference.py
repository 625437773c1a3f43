"""Applying trained weights to examples."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from curvewise.cohort.families.perceptron import Perceptron, blank
from curvewise.cohort.families.shape import PerceptronShape
from curvewise.cohort.slots import State
from curvewise.data.examples import Examples

PIECE = 8192
"""Rows that pass through a network at once: bounds memory, and is past where larger pieces are faster."""


def network_of(shape: PerceptronShape, weights: Mapping[str, NDArray[np.generic]]) -> Perceptron:
    """A perceptron with these weights (its ``state_dict`` as arrays), in evaluation mode."""
    network = blank(shape)
    network.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})
    return network.eval()


def weights_of(network: Perceptron) -> State:
    """A copy of the ``state_dict`` as arrays."""
    return {name: tensor.numpy().copy() for name, tensor in network.state_dict().items()}


@torch.no_grad()
def infer(network: Perceptron, examples: Examples) -> NDArray[np.float32]:
    """Logits (N, C) or standardised predictions (N, 1); leaves the network in evaluation mode."""
    network.eval()
    outputs_NC = np.empty((examples.rows, network.shape.outputs), dtype=np.float32)
    for start in range(0, examples.rows, PIECE):
        piece = slice(start, start + PIECE)
        # Copied because examples are read-only, which torch cannot promise to respect
        numbers = torch.from_numpy(examples.numbers[piece].copy())
        categories = torch.from_numpy(examples.categories[piece].copy())
        outputs_NC[piece] = network(numbers, categories).numpy()
    return outputs_NC
