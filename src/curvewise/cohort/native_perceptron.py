"""A perceptron and rows of a table, as the native kernels read them."""

from __future__ import annotations

from typing import get_args

import numpy as np

from curvewise.cohort.families.perceptron_shape import Activation, Normalisation, PerceptronShape
from curvewise.cohort.kernels import MOST_LAYERS, NativeExamples, NativeRecipe, Part
from curvewise.cohort.native_inputs import check_array, check_codes, check_recipe, native_training
from curvewise.cohort.recipe import Recipe
from curvewise.cohort.row import Floats, Form, NamedPart
from curvewise.cohort.slots import State
from curvewise.data.examples import Examples, Split, TableRows
from curvewise.errors import EngineError

EMBEDDING, WEIGHT = 0, 1
SUFFIXES = {
    1: "linear.weight",
    2: "linear.bias",
    3: "normalisation.weight",
    4: "normalisation.bias",
    5: "normalisation.running_mean",
    6: "normalisation.running_var",
}
"""Names of a layer's parts, by their number in ``native/abi.h``."""
STATISTICS = (5, 6)
TRACKED = "num_batches_tracked"
"""BatchNorm1d's count of the minibatches seen; the kernels do not keep it, for it is the steps."""


class PerceptronInputs:
    """Implements ``NativeInputs`` for perceptrons on rows of a table."""

    prefix = "curvewise"

    def __init__(self, recipe: Recipe, shape: PerceptronShape, split: Split, seed: int) -> None:
        if len(shape.units) > MOST_LAYERS:
            raise EngineError(f"{len(shape.units)} hidden layers; native kernels have at most {MOST_LAYERS}")
        check_recipe(recipe, split)
        self._cardinalities = np.array(shape.cardinalities, dtype=np.int32)
        self._dimensions = np.array(shape.embedding_sizes, dtype=np.int32)
        self._units = np.array(shape.units, dtype=np.int32)
        self._split, self._shape = split, shape
        self.recipe = self._native(recipe, seed)
        self.train = self.examples(split.train)
        self.valid = self.examples(split.valid)

    def examples(self, examples: Examples, *, targets: bool = True) -> NativeExamples:
        """Pointers to ``examples``, which must outlive them. Raises EngineError where they do not fit."""
        split = self._split
        if not isinstance(examples, TableRows):
            raise EngineError(f"perceptrons read rows of a table, not {type(examples).__name__}")
        check_array("numbers", examples.numbers, np.float32, (examples.rows, self._shape.inputs))
        check_array("categories", examples.categories, np.int32, (examples.rows, len(split.cardinalities)))
        check_codes("categories", examples.categories, np.array(split.cardinalities, dtype=np.int32))
        address = None
        if targets and split.task == "classification":
            check_array("targets", examples.targets, np.int64, (examples.rows,))
            check_codes("targets", examples.targets, np.int64(split.outputs))
        elif targets:
            check_array("targets", examples.targets, np.float32, (examples.rows, 1))
        if targets:
            address = examples.targets.ctypes.data
        return NativeExamples(
            examples.rows, examples.numbers.ctypes.data, examples.categories.ctypes.data, address
        )

    def blank_outputs(self, examples: Examples) -> Floats:
        """Zeros (N, C)."""
        return np.zeros((examples.rows, self._shape.outputs), dtype=np.float32)

    def named(self, part: Part) -> NamedPart:
        """A part of the row by its name in the ``state_dict`` of ``families.Perceptron``."""
        if part.kind == EMBEDDING:
            return NamedPart(f"embeddings.{part.layer}.weight", "matrix", False, part)
        suffix = SUFFIXES[part.kind]
        form: Form = "transposed" if part.kind == WEIGHT else "vector"
        if part.layer == len(self._units):
            return NamedPart(f"output.{suffix.removeprefix('linear.')}", form, False, part)
        return NamedPart(f"hidden.{part.layer}.{suffix}", form, part.kind in STATISTICS, part)

    @property
    def watched_layers(self) -> int:
        """All hidden layers."""
        return len(self._units)

    def beside_the_row(self, step: int) -> State:
        """BatchNorm1d's counters."""
        if self._shape.normalisation != "batch":
            return {}
        count = np.array(step, dtype=np.int64)
        return {f"hidden.{layer}.normalisation.{TRACKED}": count.copy() for layer in range(len(self._units))}

    def _native(self, recipe: Recipe, seed: int) -> NativeRecipe:
        shape = self._shape
        return NativeRecipe(
            inputs=shape.inputs,
            columns=len(self._cardinalities),
            cardinalities=self._cardinalities.ctypes.data,
            dimensions=self._dimensions.ctypes.data,
            layers=len(self._units),
            units=self._units.ctypes.data,
            outputs=shape.outputs,
            activation=get_args(Activation).index(shape.activation),
            normalisation=get_args(Normalisation).index(shape.normalisation),
            **native_training(recipe, seed),
        )
