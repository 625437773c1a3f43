"""A shape made into a module."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from curvewise.cohort.families.convolutional import Convolutional
from curvewise.cohort.families.convolutional_shape import ConvolutionalShape
from curvewise.cohort.families.perceptron import Perceptron
from curvewise.cohort.families.perceptron_shape import PerceptronShape
from curvewise.cohort.families.recurrent import Recurrent
from curvewise.cohort.families.recurrent_shape import RecurrentShape
from curvewise.cohort.families.shape import Shape, initial_weights
from curvewise.cohort.families.translation import Translation
from curvewise.cohort.families.translation_shape import TranslationShape

Network = Perceptron | Recurrent | Convolutional | Translation


def blank(shape: Shape) -> Network:
    """A network whose weights are yet to be set; torch's global seed is left as it was."""
    # Not on the meta device: that imports sympy, which takes a second before the first point
    with torch.random.fork_rng(devices=[]):
        match shape:
            case PerceptronShape():
                return Perceptron(shape)
            case RecurrentShape():
                return Recurrent(shape)
            case ConvolutionalShape():
                return Convolutional(shape)
            case TranslationShape():
                return Translation(shape)


def network_of(shape: Shape, weights: Mapping[str, NDArray[np.generic]]) -> Network:
    """A network with these weights (its ``state_dict`` as arrays), in evaluation mode."""
    network = blank(shape)
    network.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})
    return network.eval()


def new_network(shape: Shape, seed: int) -> Network:
    """A new network with the initial weights that ``seed`` stands for, in evaluation mode."""
    return network_of(shape, initial_weights(shape, seed))
