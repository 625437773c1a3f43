"""What the native kernels are given, checked: they trust every pointer and index."""

from __future__ import annotations

from typing import get_args

import numpy as np
from numpy.typing import NDArray

from curvewise.cohort.families.perceptron_shape import Activation, Normalisation, PerceptronShape
from curvewise.cohort.kernels import MOST_LAYERS, NativeExamples, NativeOptimization, NativeRecipe
from curvewise.cohort.recipe import LOSSES, Loss, Optimizer, Recipe
from curvewise.data.examples import Examples, Split, TableRows
from curvewise.errors import EngineError

Codes = NDArray[np.int32] | NDArray[np.int64] | NDArray[np.float32]

ALIGNMENT = 64
"""Bytes of a cache line, and of the widest vector."""


def aligned(floats: int) -> NDArray[np.float32]:
    """Zeros, (floats,), that begin at a cache line."""
    room = np.zeros(floats + ALIGNMENT // 4, dtype=np.float32)
    skip = -room.ctypes.data % ALIGNMENT // 4
    return room[skip : skip + floats]


class NativeInputs:
    """A recipe and the rows it is trained on, as the kernels read them; keeps alive what they point to."""

    def __init__(self, recipe: Recipe, split: Split, seed: int) -> None:
        shape = recipe.shape
        if not isinstance(shape, PerceptronShape):
            raise EngineError(f"these kernels train perceptrons, not a {type(shape).__name__}")
        if len(shape.units) > MOST_LAYERS:
            raise EngineError(f"{len(shape.units)} hidden layers; native kernels have at most {MOST_LAYERS}")
        if recipe.steps(split.train.rows) == 0:
            raise EngineError(
                f"no minibatch of {recipe.minibatch} can be made of {split.train.rows} training rows"
            )
        if recipe.loss not in LOSSES[split.task]:
            raise EngineError(f"the loss {recipe.loss} does not suit a {split.task}")
        self._cardinalities = np.array(shape.cardinalities, dtype=np.int32)
        self._dimensions = np.array(shape.embedding_sizes, dtype=np.int32)
        self._units = np.array(shape.units, dtype=np.int32)
        self._split, self._shape = split, shape
        self.recipe = self._native(recipe, shape, seed)
        self.train = self.examples(split.train)
        self.valid = self.examples(split.valid)

    def examples(self, examples: Examples, *, targets: bool = True) -> NativeExamples:
        """Pointers to ``examples``, which must outlive them. Raises EngineError where they do not fit."""
        split = self._split
        if not isinstance(examples, TableRows):
            raise EngineError(f"perceptrons read rows of a table, not {type(examples).__name__}")
        _check("numbers", examples.numbers, np.float32, (examples.rows, self._shape.inputs))
        _check("categories", examples.categories, np.int32, (examples.rows, len(split.cardinalities)))
        _check_codes("categories", examples.categories, np.array(split.cardinalities, dtype=np.int32))
        address = None
        if targets and split.task == "classification":
            _check("targets", examples.targets, np.int64, (examples.rows,))
            _check_codes("targets", examples.targets, np.int64(split.outputs))
        elif targets:
            _check("targets", examples.targets, np.float32, (examples.rows, 1))
        if targets:
            address = examples.targets.ctypes.data
        return NativeExamples(
            examples.rows, examples.numbers.ctypes.data, examples.categories.ctypes.data, address
        )

    def _native(self, recipe: Recipe, shape: PerceptronShape, seed: int) -> NativeRecipe:
        return NativeRecipe(
            inputs=shape.inputs,
            columns=len(self._cardinalities),
            cardinalities=self._cardinalities.ctypes.data,
            dimensions=self._dimensions.ctypes.data,
            layers=len(self._units),
            units=self._units.ctypes.data,
            outputs=shape.outputs,
            minibatch=recipe.minibatch,
            activation=get_args(Activation).index(shape.activation),
            normalisation=get_args(Normalisation).index(shape.normalisation),
            loss=get_args(Loss).index(recipe.loss),
            dropout=shape.dropout,
            label_smoothing=recipe.label_smoothing,
            seed=seed & 0xFFFFFFFF,
            optimization=native_optimization(recipe),
        )


def native_optimization(recipe: Recipe) -> NativeOptimization:
    """How ``recipe`` makes steps of gradients, as the kernels of every family read it."""
    return NativeOptimization(
        optimizer=get_args(Optimizer).index(recipe.optimizer),
        momentum=recipe.momentum,
        beta2=recipe.beta2,
        weight_decay=recipe.weight_decay,
        clip=recipe.clip,
    )


def _check(name: str, array: NDArray[np.generic], kind: type[np.generic], shape: tuple[int, ...]) -> None:
    if array.dtype != kind or array.shape != shape or not array.flags.c_contiguous:
        raise EngineError(
            f"{name} must be C-contiguous {np.dtype(kind)} of shape {shape}, not {array.dtype} of shape "
            f"{array.shape}{'' if array.flags.c_contiguous else ', strided'}"
        )


def _check_codes(name: str, codes: Codes, limits: NDArray[np.integer] | np.integer) -> None:
    """Codes (N,) or (N, Q) must lie in 0 .. limit - 1, per column."""
    if codes.size and (codes.min() < 0 or (codes.max(axis=0) >= limits).any()):
        raise EngineError(
            f"{name} must be codes from 0 to below {limits}; found {codes.min()} .. {codes.max()}"
        )
