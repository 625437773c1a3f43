"""How each tensor's initial size, learning rate and weight decay follow from the width; no torch here.

Maximal-update parametrisation (Yang et al. 2022, arXiv 2203.03466, table 3): a learning rate that is best at
``base_units`` stays best at any other width. With m = units / base_units:

    tensor            initial deviation       rate, Adam and its like   rate, SGD   weight decay
    input matrix      as at the base          1                         m           1 / rate
    vectors           as at the base          1                         m           1 / rate
    hidden matrix     ~ 1 / sqrt(fan_in)      1 / m                     1           1 / rate
    output matrix     ~ 1 / fan_in            1 / m                     1 / m       1 / rate

Everything whose size does not grow with the units (embeddings, the output's bias, all of a linear model)
keeps its rate. Weight decay is divided by the rate's factor, since torch multiplies one by the other.
Adam's like are all rules that divide by the gradient's size.

A convolution is a matrix of (filters, channels x kernel area): its fan_in is all that enters one filter
(their section 3 and table 8 count kernels so), and its width is the filters of the first stage, which those
of all others are multiples of. Only the convolution that reads the image is an input matrix. Measured with
two plain stages on 2,000 Fashion-MNIST images of 14 x 14 (AdamW, 3 epochs, cosine decay, 2 seeds, rates from
0.0005 to 0.032, each twice the one before): the best rate at 8 filters, the largest, was the best at 64 too
(validation loss 0.62 and 0.54), and at each rate the loss at 64 was 0.87 to 0.99 of that at 8; without, the
best rate at 64 was 0.008 (0.54), and the best one of 8 filters cost 1.27 times as much (0.69).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from curvewise.cohort.families.convolutional_shape import ConvolutionalShape
from curvewise.cohort.families.initialisation import deviation
from curvewise.cohort.families.perceptron_shape import PerceptronShape
from curvewise.cohort.families.recurrent_shape import RecurrentShape
from curvewise.cohort.families.shape import Shape
from curvewise.cohort.families.translation_shape import TranslationShape
from curvewise.cohort.recipe import Recipe
from curvewise.errors import EngineError

Role = Literal["fixed", "vector", "input", "hidden", "output"]

DESCENT = ("sgd", "momentum", "nesterov")
"""Optimizers whose steps are as large as the gradient."""
HIDDEN_OF_RECURRENT = ("input_weight", "recurrent_weight", "gate_weight")
INPUTS = (
    "hidden.0.linear.weight",
    "layers.0.input_weight",
    "stem.convolution.weight",
    "stages.0.0.convolution.weight",
)
"""What reads the data."""
POWERS: dict[Role, float] = {"input": 0.0, "hidden": 0.5, "output": 1.0}
"""A matrix's initial deviation goes with m to the minus this."""


@dataclass(frozen=True)
class Factors:
    """Of one tensor, relative to the standard parametrisation."""

    rate: float = 1.0
    """What the learning rate is multiplied by."""
    decay: float = 1.0
    """What the weight decay is multiplied by."""


def factors_of(recipe: Recipe, name: str) -> Factors:
    """The factors of the tensor ``name``, by the network's parameter names.

    Raises EngineError for a family whose tensors have no known roles.
    """
    if recipe.base_units == 0:
        return Factors()
    part = role(recipe.shape, name)
    rate = _rate(part, _units(recipe.shape) / recipe.base_units, recipe.optimizer in DESCENT)
    return Factors(rate, 1 / rate)


def initial_factor(recipe: Recipe, name: str, rows: int, columns: int) -> float:
    """What makes the tensor ``name``, drawn for its own width, as large as the table says.

    ``rows`` and ``columns`` are those of the matrix that it was drawn as (a gate's is drawn for itself), of
    no importance for vectors. Raises EngineError as ``factors_of`` does.
    """
    if recipe.base_units == 0:
        return 1.0
    part = role(recipe.shape, name)
    wider = _units(recipe.shape) / recipe.base_units or 1.0
    if part not in POWERS:
        return math.sqrt(wider) if _drawn_by_units(recipe.shape, name) else 1.0
    rows_there = rows / wider if part in ("input", "hidden") else rows
    columns_there = columns / wider if part in ("hidden", "output") else columns
    if recipe.initialisation == "uniform" and name.endswith(HIDDEN_OF_RECURRENT):
        columns, columns_there = recipe.shape.widest, recipe.shape.widest / wider  # layers of cells go by H
    own = deviation(recipe.initialisation, rows, columns)
    there = deviation(recipe.initialisation, rows_there, columns_there)
    return there / own / math.pow(wider, POWERS[part])


def role(shape: Shape, name: str) -> Role:
    """What width means to the tensor ``name``."""
    kind = name.rpartition(".")[2]
    if _units(shape) == 0 or name.startswith("embeddings.") or name == "output.bias":
        return "fixed"
    if name == "output.weight":
        return "output"
    if name in INPUTS:
        return "input"
    if name.endswith(("linear.weight", "convolution.weight")) or kind in HIDDEN_OF_RECURRENT:
        return "hidden"
    return "vector"


def _units(shape: Shape) -> int:
    """The width that m is a ratio of; 0 for a linear model."""
    match shape:
        case PerceptronShape():
            return shape.units[-1] if shape.units else 0
        case RecurrentShape():
            return shape.units
        case ConvolutionalShape():
            return shape.filters[0]
        case TranslationShape():
            raise EngineError(
                "maximal-update parametrisation is not defined for an attention encoder-decoder: the "
                "decoder's lowest input_weight reads an embedded code, which does not grow with the units, "
                "and the context, which does, so no one rate fits it; set base_units to 0"
            )


def _rate(part: Role, wider: float, descends: bool) -> float:
    if part == "output":
        return 1 / wider
    if part == "hidden":
        return 1.0 if descends else 1 / wider
    return wider if descends and part in ("input", "vector") else 1.0


def _drawn_by_units(shape: Shape, name: str) -> bool:
    """True for vectors that are drawn by a fan_in that grows with the units, in cells by the units."""
    if name == "output.bias":
        return True
    if isinstance(shape, RecurrentShape):
        return role(shape, name) == "vector"
    return name.endswith(("linear.bias", "convolution.bias")) and name.replace("bias", "weight") not in INPUTS
