"""What the native kernels are given, checked: they trust every pointer and index."""

from __future__ import annotations

from ctypes import Structure
from typing import Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from curvewise.cohort.input_noise import noise_unit
from curvewise.cohort.kernels import NativeOptimization, Part
from curvewise.cohort.recipe import LOSSES, Loss, Optimizer, Recipe
from curvewise.cohort.row import Floats, NamedPart
from curvewise.cohort.slots import State
from curvewise.data.examples import Examples, Split
from curvewise.errors import EngineError

Codes = NDArray[np.int32] | NDArray[np.int64] | NDArray[np.float32]


class NativeInputs(Protocol):
    """A recipe and the examples it is trained on, as the kernels of one family read them.

    Keeps alive what its structs point to. Implementations: ``PerceptronInputs``, ``RecurrentInputs``.
    """

    @property
    def prefix(self) -> str:
        """What the names of the family's calls begin with."""
        ...

    @property
    def recipe(self) -> Structure:
        """What one slot trains."""
        ...

    @property
    def train(self) -> Structure:
        """The training examples."""
        ...

    @property
    def valid(self) -> Structure:
        """The validation examples."""
        ...

    def examples(self, examples: Examples, *, targets: bool = True) -> Structure:
        """Pointers to ``examples``, which must outlive them. Raises EngineError where they do not fit."""
        ...

    def blank_outputs(self, examples: Examples) -> Floats:
        """Zeros of the outputs' shape."""
        ...

    def named(self, part: Part) -> NamedPart:
        """A part of the row by its name in the ``state_dict``."""
        ...

    @property
    def watched_layers(self) -> int:
        """Hidden layers whose dead units the kernels count."""
        ...

    def beside_the_row(self, step: int) -> State:
        """What the ``state_dict`` has that a row has not, after ``step`` steps."""
        ...


def _optimization(recipe: Recipe) -> NativeOptimization:
    """How ``recipe`` makes steps of gradients, as the kernels of every family read it."""
    return NativeOptimization(
        optimizer=get_args(Optimizer).index(recipe.optimizer),
        momentum=recipe.momentum,
        beta2=recipe.beta2,
        weight_decay=recipe.weight_decay,
        clip=recipe.clip,
    )


def native_training(recipe: Recipe, seed: int) -> dict[str, object]:
    """The fields that the recipes of all families have alike, but for those of the network."""
    return {
        "minibatch": recipe.minibatch,
        "loss": get_args(Loss).index(recipe.loss),
        "dropout": recipe.shape.dropout,
        "label_smoothing": recipe.label_smoothing,
        "input_noise": float(noise_unit(recipe.input_noise)),
        "seed": seed & 0xFFFFFFFF,
        "optimization": _optimization(recipe),
    }


def check_recipe(recipe: Recipe, split: Split) -> None:
    """Raise EngineError where the recipe has no step to take on the split, or a loss of another task."""
    if recipe.steps(split.train.rows) == 0:
        raise EngineError(
            f"no minibatch of {recipe.minibatch} can be made of {split.train.rows} training rows"
        )
    if recipe.loss not in LOSSES[split.task]:
        raise EngineError(f"the loss {recipe.loss} does not suit a {split.task}")


def check_array(
    name: str, array: NDArray[np.generic], kind: type[np.generic], shape: tuple[int, ...]
) -> None:
    """Raise EngineError where ``array`` is of another kind or shape, or not C-contiguous."""
    if array.dtype != kind or array.shape != shape or not array.flags.c_contiguous:
        raise EngineError(
            f"{name} must be C-contiguous {np.dtype(kind)} of shape {shape}, not {array.dtype} of shape "
            f"{array.shape}{'' if array.flags.c_contiguous else ', strided'}"
        )


def check_codes(name: str, codes: Codes, limits: NDArray[np.integer] | np.integer) -> None:
    """Raise EngineError where codes (N,) or (N, Q) are not in 0 .. limit - 1, per column."""
    if codes.size and (codes.min() < 0 or (codes.max(axis=0) >= limits).any()):
        raise EngineError(
            f"{name} must be codes from 0 to below {limits}; found {codes.min()} .. {codes.max()}"
        )
