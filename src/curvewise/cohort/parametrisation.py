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
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from curvewise.cohort.families.perceptron_shape import PerceptronShape
from curvewise.cohort.families.recurrent_shape import RecurrentShape
from curvewise.cohort.families.shape import Shape
from curvewise.cohort.recipe import Recipe
from curvewise.errors import EngineError

Role = Literal["fixed", "vector", "input", "hidden", "output"]

DESCENT = ("sgd", "momentum", "nesterov")
"""Optimizers whose steps are as large as the gradient."""
HIDDEN_OF_RECURRENT = ("input_weight", "recurrent_weight", "gate_weight")


@dataclass(frozen=True)
class Factors:
    """Of one tensor, relative to the standard parametrisation."""

    initial: float = 1.0
    """What its drawn values are multiplied by."""
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
    wider = _units(recipe.shape) / recipe.base_units
    rate = _rate(part, wider, recipe.optimizer in DESCENT)
    return Factors(_initial(recipe, part, name, wider), rate, 1 / rate)


def role(shape: Shape, name: str) -> Role:
    """What width means to the tensor ``name``."""
    kind = name.rpartition(".")[2]
    if _units(shape) == 0 or name.startswith("embeddings.") or name == "output.bias":
        return "fixed"
    if name == "output.weight":
        return "output"
    if name in ("hidden.0.linear.weight", "layers.0.input_weight"):
        return "input"
    if name.endswith("linear.weight") or kind in HIDDEN_OF_RECURRENT:
        return "hidden"
    return "vector"


def _units(shape: Shape) -> int:
    """The width that m is a ratio of: that of the last hidden layer; 0 for a linear model."""
    match shape:
        case PerceptronShape():
            return shape.units[-1] if shape.units else 0
        case RecurrentShape():
            return shape.units
        case other:
            raise EngineError(
                f"maximal-update parametrisation is not defined for a {type(other).__name__}: "
                "set base_units to 0"
            )


def _rate(part: Role, wider: float, descends: bool) -> float:
    if part == "output":
        return 1 / wider
    if part == "hidden":
        return 1.0 if descends else 1 / wider
    return wider if descends and part in ("input", "vector") else 1.0


def _initial(recipe: Recipe, part: Role, name: str, wider: float) -> float:
    """What makes a tensor that was drawn for its own width as large as the table says.

    A perceptron's vectors and matrices are drawn by their layer's fan_in; in recurrent layers everything
    is drawn by the units alone, unless matrices are drawn otherwise.
    """
    if part == "output":
        return 1 / math.sqrt(wider)
    if isinstance(recipe.shape, RecurrentShape):
        by_units = part == "vector" or (part == "input" and recipe.initialisation == "uniform")
        return math.sqrt(wider) if by_units or name == "output.bias" else 1.0
    drawn_by_units = name == "output.bias" or (
        name.endswith("linear.bias") and name != "hidden.0.linear.bias"
    )
    return math.sqrt(wider) if drawn_by_units and _units(recipe.shape) else 1.0
