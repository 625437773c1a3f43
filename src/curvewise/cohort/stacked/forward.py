"""The families' networks, K of them at once: the same equations over tensors with one dimension more."""

from __future__ import annotations

from torch import Tensor

from curvewise.cohort.families.convolutional_shape import ConvolutionalShape
from curvewise.cohort.families.perceptron_shape import PerceptronShape
from curvewise.cohort.families.recurrent_shape import RecurrentShape
from curvewise.cohort.families.shape import Shape
from curvewise.cohort.families.translation_shape import TranslationShape
from curvewise.cohort.stacked.convolutional import convolutional
from curvewise.cohort.stacked.layers import Named, Training
from curvewise.cohort.stacked.minibatch import Minibatch
from curvewise.cohort.stacked.perceptron import perceptron
from curvewise.cohort.stacked.recurrent import recurrent
from curvewise.cohort.stacked.translation import translation


def forward(shape: Shape, named: Named, batch: Minibatch, training: Training | None) -> Tensor:
    """Outputs (K, S, C). In training, running statistics are brought up to date in place."""
    match shape:
        case PerceptronShape():
            return perceptron(shape, named, batch, training)
        case RecurrentShape():
            return recurrent(shape, named, batch, training)
        case ConvolutionalShape():
            return convolutional(shape, named, batch, training)
        case TranslationShape():
            return translation(shape, named, batch, training)
