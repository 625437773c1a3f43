"""What a network is before it is a module: one of the families' shapes, and the weights of a seed."""

from __future__ import annotations

import numpy as np

from curvewise.cohort.families.convolutional_shape import ConvolutionalShape
from curvewise.cohort.families.perceptron_shape import PerceptronShape
from curvewise.cohort.families.recurrent_shape import RecurrentShape
from curvewise.cohort.families.translation_shape import TranslationShape
from curvewise.cohort.slots import State

Shape = PerceptronShape | RecurrentShape | ConvolutionalShape | TranslationShape


def initial_weights(shape: Shape, seed: int) -> State:
    """The ``state_dict`` of a new network, as its family draws it.

    The generator is keyed by (seed, 0); the data's order by (seed, epoch), from 1.
    """
    return shape.initial_weights(np.random.Generator(np.random.Philox(key=[seed, 0])))
