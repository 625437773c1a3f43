"""A recurrent network and sequences, as the native kernels read them."""

from __future__ import annotations

from typing import get_args

import numpy as np
from numpy.typing import NDArray

from curvewise.cohort.families.recurrent_shape import RecurrentShape
from curvewise.cohort.kernels import Part
from curvewise.cohort.measuring import has_dead_units
from curvewise.cohort.native_inputs import check_array, check_recipe, native_training
from curvewise.cohort.recipe import Recipe
from curvewise.cohort.recurrent_kernels import MOST_LAYERS, NativeRecurrentRecipe, NativeSequences
from curvewise.cohort.row import Floats, Form, NamedPart
from curvewise.cohort.slots import State
from curvewise.data.examples import Examples, Split
from curvewise.data.sequences import Sequences
from curvewise.errors import EngineError
from curvewise.records.model import Cell

NAMES: tuple[tuple[str, Form], ...] = (
    ("embeddings.{}.weight", "matrix"),
    ("layers.{}.input_weight", "transposed"),
    ("layers.{}.recurrent_weight", "transposed"),
    ("layers.{}.gate_weight", "transposed"),
    ("layers.{}.peepholes", "matrix"),
    ("layers.{}.bias", "vector"),
    ("layers.{}.candidate_bias", "vector"),
    ("output.weight", "transposed"),
    ("output.bias", "vector"),
)
"""A part's name in the ``state_dict`` of ``families.Recurrent`` and its form, by its number in
``native/recurrent_abi.h``."""
EVALUATED_STEPS = 4096
"""Steps of sequences that an evaluation takes at once at most, where the longest sequence is not longer:
enough for full products, few enough for the processor's caches."""
MOST_STEPS = 2**31 - 1
"""Steps of all sequences, padding and all, that the kernels can number."""


class RecurrentInputs:
    """Implements ``NativeInputs`` for recurrent networks on sequences."""

    prefix = "curvewise_recurrent"

    def __init__(self, recipe: Recipe, shape: RecurrentShape, split: Split, seed: int) -> None:
        if not 1 <= shape.layers <= MOST_LAYERS:
            raise EngineError(f"{shape.layers} recurrent layers; native kernels have 1 to {MOST_LAYERS}")
        if split.task == "regression" and shape.outputs != 1:
            raise EngineError(f"a regression has one output, not {shape.outputs}")
        check_recipe(recipe, split)
        self._cardinalities = np.array(shape.cardinalities, dtype=np.int32)
        self._dimensions = np.array(shape.embedding_sizes, dtype=np.int32)
        self._split, self._shape = split, shape
        self.recipe = self._native(recipe, seed)
        self.train = self.examples(split.train)
        self.valid = self.examples(split.valid)
        self._make_room(recipe.minibatch)

    def examples(self, examples: Examples, *, targets: bool = True) -> NativeSequences:
        """Pointers to ``examples``, which must outlive them. Raises EngineError where they do not fit."""
        if not isinstance(examples, Sequences):
            raise EngineError(f"recurrent networks read sequences, not {type(examples).__name__}")
        self._check(examples, targets)
        longest = int(examples.lengths.max(initial=1))
        self.recipe.room = max(self.recipe.room, longest)
        return NativeSequences(
            examples.rows,
            examples.numbers.shape[1],
            longest,
            examples.numbers.ctypes.data,
            examples.categories.ctypes.data,
            examples.lengths.ctypes.data,
            examples.targets.ctypes.data if targets else None,
        )

    def blank_outputs(self, examples: Examples) -> Floats:
        """Zeros (N, C), or (N, T', C) where every step has an output, T' the longest length."""
        shape: tuple[int, ...] = (examples.rows, self._shape.outputs)
        if self._shape.per_step and isinstance(examples, Sequences):
            shape = (examples.rows, int(examples.lengths.max(initial=0)), self._shape.outputs)
        return np.zeros(shape, dtype=np.float32)

    def named(self, part: Part) -> NamedPart:
        """A part of the row by its name in the ``state_dict`` of ``families.Recurrent``."""
        name, form = NAMES[part.kind]
        return NamedPart(name.format(part.layer), form, False, part)

    @property
    def watched_layers(self) -> int:
        """All layers of relu or tanh cells."""
        return self._shape.layers if has_dead_units(self._shape.cell) else 0

    def beside_the_row(self, step: int) -> State:
        """Nothing: every part of the module is in the row."""
        return {}

    def _make_room(self, minibatch: int) -> None:
        """For the most steps that a minibatch can have, and for an evaluation."""
        train, valid = self._split.train, self._split.valid
        assert isinstance(train, Sequences) and isinstance(valid, Sequences)
        longest_first = np.sort(train.lengths)[::-1]
        most = int(longest_first[:minibatch].sum(dtype=np.int64))
        evaluated = min(EVALUATED_STEPS, int(valid.lengths.sum(dtype=np.int64)))
        self.recipe.room = max(self.recipe.room, most, evaluated)

    def _native(self, recipe: Recipe, seed: int) -> NativeRecurrentRecipe:
        shape = self._shape
        return NativeRecurrentRecipe(
            inputs=shape.inputs,
            columns=len(self._cardinalities),
            cardinalities=self._cardinalities.ctypes.data,
            dimensions=self._dimensions.ctypes.data,
            layers=shape.layers,
            units=shape.units,
            outputs=shape.outputs,
            room=1,
            cell=get_args(Cell).index(shape.cell),
            per_step=shape.per_step,
            **native_training(recipe, seed),
        )

    def _check(self, examples: Sequences, targets: bool) -> None:
        rows, shape = examples.rows, self._shape
        time = examples.numbers.shape[1] if examples.numbers.ndim == 3 else 0
        check_array("numbers", examples.numbers, np.float32, (rows, time, shape.inputs))
        check_array("categories", examples.categories, np.int32, (rows, time, len(shape.cardinalities)))
        check_array("lengths", examples.lengths, np.int32, (rows,))
        if rows * time > MOST_STEPS:
            raise EngineError(
                f"{rows} sequences of {time} steps, padded, are more than the kernels can number "
                f"({MOST_STEPS}); cut the sequences shorter or take fewer"
            )
        wrong = np.flatnonzero((examples.lengths < 1) | (examples.lengths > time))
        if len(wrong):
            raise EngineError(
                f"sequence {wrong[0]} has length {examples.lengths[wrong[0]]}; lengths are from 1 to {time}, "
                f"the steps there is room for: leave it out, or cut it ({len(wrong)} of {rows} are so)"
            )
        counted = np.arange(time) < examples.lengths[:, None]
        for column, codes in enumerate(shape.cardinalities):
            _check_steps(f"code in column {column}", examples.categories[:, :, column], counted, codes)
        if targets:
            self._check_targets(examples, counted)

    def _check_targets(self, examples: Sequences, counted: NDArray[np.bool_]) -> None:
        per_step, outputs = self._shape.per_step, self._shape.outputs
        if examples.per_step != per_step:
            has, wants = ("every step" if each else "each sequence" for each in (examples.per_step, per_step))
            raise EngineError(f"these sequences have a target of {has}, the network one of {wants}")
        where = counted.shape if per_step else counted.shape[:1]
        if self._split.task == "classification":
            check_array("targets", examples.targets, np.int64, where)
            _check_steps("label", examples.targets, counted if per_step else None, outputs)
        else:
            check_array("targets", examples.targets, np.float32, (*where, outputs))


def _check_steps(
    what: str, codes: NDArray[np.generic], counted: NDArray[np.bool_] | None, limit: int
) -> None:
    """Raise EngineError where one of ``codes``, (N, T) or (N,), that counts is not in 0 .. limit - 1."""
    wrong = (codes < 0) | (codes >= limit)  # type: ignore[operator]
    found = np.argwhere(wrong if counted is None else wrong & counted)
    if len(found):
        at = tuple(found[0])
        step = f", step {at[1]}" if len(at) == 2 else ""
        raise EngineError(
            f"{what} of sequence {at[0]}{step} is {codes[at]}, not from 0 to {limit - 1}; encode it anew, or "
            f"leave the sequence out ({len(found)} are so)"
        )
