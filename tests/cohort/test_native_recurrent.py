"""What is asked of a native slot that trains sequences beyond agreeing with the specification."""

from __future__ import annotations

import math
import threading
from dataclasses import replace
from typing import get_args

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curvewise.cohort.kernels import instruction_sets, load, unavailable
from curvewise.cohort.native import NativeSlot, native_outputs
from curvewise.cohort.recipe import Optimizer
from curvewise.cohort.slots import State
from curvewise.data.examples import Split
from curvewise.errors import EngineError
from curvewise.records.model import Cell
from tests.cohort.problems import CLASSIFICATION, read_only, timeless
from tests.cohort.sequence_problems import recurrent_recipe, sequence_split
from tests.cohort.test_native import assert_equal_states
from tests.cohort.test_twins import assert_same_noise

pytestmark = pytest.mark.skipif(unavailable() is not None, reason=str(unavailable()))

CELLS, OPTIMIZERS = get_args(Cell), get_args(Optimizer)
STEPS = sequence_split(cardinalities=(5, 3))
LAST = sequence_split(per_step=False, cardinalities=(4,))
RICH = {"layers": 2, "units": 19, "dropout": 0.3, "weight_decay": 0.01, "input_noise": 0.1, "clip": 1.0}


def curve(slot: NativeSlot, epochs: int):
    """Points without what was measured of time."""
    points = timeless([slot.train_epoch() for _ in range(epochs)])
    return [msgspec.structs.replace(point, examples_per_second=0.0) for point in points]


@pytest.mark.parametrize(("cell", "optimizer"), list(zip(CELLS, OPTIMIZERS * 2, strict=False)))
def test_a_copy_goes_on_bit_for_bit(cell, optimizer):
    recipe = recurrent_recipe(STEPS, **RICH, cell=cell, optimizer=optimizer, learning_rate=0.001)
    slot, copy = (NativeSlot(4, recipe, STEPS, 9) for _ in range(2))
    curve(slot, 2)
    copy.load(slot.state())
    assert_equal_states(copy.state(), slot.state())
    assert curve(copy, 2) == curve(slot, 2)
    assert_equal_states(copy.state(), slot.state())


def test_a_copy_of_the_weights_has_the_same_outputs():
    recipe = recurrent_recipe(LAST, **RICH)
    slot = NativeSlot(0, recipe, LAST, 1)
    curve(slot, 3)
    np.testing.assert_array_equal(
        native_outputs(recipe, LAST, slot.weights(), LAST.valid), slot.outputs(LAST.valid)
    )


def test_threads_and_neighbours_change_nothing():
    recipes = [recurrent_recipe(STEPS, **RICH | {"units": 30 + 17 * i}, cell=CELLS[3 * i]) for i in range(4)]
    alone = [curve(NativeSlot(i, recipe, STEPS, i), 3) for i, recipe in enumerate(recipes)]
    beside = [[] for _ in recipes]

    def train(i: int) -> None:
        beside[i] = curve(NativeSlot(i, recipes[i], STEPS, i), 3)

    threads = [threading.Thread(target=train, args=(i,)) for i in range(len(recipes))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert beside == alone


@settings(max_examples=40, deadline=None)
@given(
    cell=st.sampled_from(CELLS),
    units=st.integers(1, 70),
    layers=st.integers(1, 4),
    minibatch=st.integers(1, 13),
    seed=st.integers(0, 5),
)
def test_what_lies_beyond_a_length_changes_nothing(cell, units, layers, minibatch, seed):
    split = sequence_split(seed=seed, cardinalities=(3,))
    time = split.train.numbers.shape[1]
    beyond = np.arange(time) >= split.train.lengths[:, None]
    numbers, codes, targets = (
        array.copy() for array in (split.train.numbers, split.train.categories, split.train.targets)
    )
    numbers[beyond], codes[beyond], targets[beyond] = np.nan, -1, 99
    other = replace(
        split.train,
        numbers=read_only(numbers),
        categories=read_only(codes),
        targets=read_only(targets),
    )
    recipe = recurrent_recipe(split, cell=cell, units=units, layers=layers, minibatch=minibatch)
    usual = NativeSlot(0, recipe, split, 1)
    spoilt = NativeSlot(0, recipe, replace(split, train=other), 1)
    assert curve(spoilt, 1) == curve(usual, 1)
    assert_equal_states(spoilt.state(), usual.state())


@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_learns(cell):
    split = sequence_split(rows=(60, 20), task="multilabel")
    recipe = recurrent_recipe(split, cell=cell, units=24, learning_rate=0.02)
    points = curve(NativeSlot(0, recipe, split, 3), 12)
    assert points[-1].train_loss < 0.7 * points[0].train_loss


@pytest.mark.parametrize("cell", CELLS)
def test_a_number_that_is_not_finite_ends_the_epoch_alone(cell):
    split = sequence_split(task="regression")
    calm = recurrent_recipe(split, cell=cell, optimizer="sgd")
    slot, neighbour = (NativeSlot(i, calm, split, 1) for i in range(2))
    curve(slot, 1)
    best = slot.weights()
    wild = NativeSlot(0, msgspec.structs.replace(calm, learning_rate=1e36), split, 1)
    wild.load(slot.state())
    point = wild.train_epoch()
    assert point.diverged
    assert (point.train_loss, point.valid_loss, point.valid_error) == (math.inf, math.inf, math.inf)
    assert point.epoch == 2
    assert_equal_states(wild.weights(), best)
    assert not any(point.diverged for point in curve(neighbour, 3))


def test_weights_that_become_finite_again_leave_no_trace():
    """A slot whose row was full of NaN trains like a new one once it is given another's state."""
    recipe = recurrent_recipe(STEPS, **RICH, cell="lstm_fgr")
    slot, ruined = (NativeSlot(0, recipe, STEPS, 1) for _ in range(2))
    state: State = slot.state()
    bad = {n: a * np.float32(np.nan) if a.dtype == np.float32 else a for n, a in state.items()}
    ruined.load(bad)
    assert ruined.train_epoch().diverged
    ruined.load(state)
    assert curve(ruined, 2) == curve(slot, 2)


@pytest.mark.parametrize("instructions", instruction_sets(load()) if unavailable() is None else [])
@pytest.mark.parametrize("cell", CELLS)
def test_every_instruction_set_trains_alike(instructions, cell):
    recipe = recurrent_recipe(STEPS, **RICH | {"units": 37}, cell=cell)
    ours = curve(NativeSlot(0, recipe, STEPS, 5, instructions=instructions), 2)
    plain = curve(NativeSlot(0, recipe, STEPS, 5, instructions="baseline"), 2)
    for point, other in zip(ours, plain, strict=True):
        assert point.train_loss == pytest.approx(other.train_loss, rel=1e-4)
        assert point.valid_loss == pytest.approx(other.valid_loss, rel=1e-4)
        assert point.dead_units == pytest.approx(other.dead_units)
        assert_same_noise(point, other, 1e-4)


def changed(split: Split, part: str, **arrays) -> Split:
    examples = replace(getattr(split, part), **{name: read_only(array) for name, array in arrays.items()})
    return replace(split, **{part: examples})


def put(array, index, value):
    array = array.copy()
    array[index] = value
    return array


@pytest.mark.parametrize(
    ("split", "message"),
    [
        (changed(STEPS, "train", numbers=STEPS.train.numbers.astype(np.float64)), "numbers must be"),
        (changed(STEPS, "valid", numbers=STEPS.valid.numbers[:, :, :2]), "numbers must be"),
        (changed(STEPS, "train", categories=STEPS.train.categories[:, :2]), "categories must be"),
        (
            changed(STEPS, "train", lengths=put(STEPS.train.lengths, 4, 0)),
            "sequence 4 has length 0; lengths are from 1 to 5, .* leave it out",
        ),
        (changed(STEPS, "valid", lengths=put(STEPS.valid.lengths, 6, 7)), "sequence 6 has length 7"),
        (
            changed(STEPS, "train", categories=put(STEPS.train.categories, (3, 0, 1), 3)),
            "code in column 1 of sequence 3, step 0 is 3, not from 0 to 2; encode it anew",
        ),
        (
            changed(STEPS, "train", categories=put(STEPS.train.categories, (3, 0, 0), -1)),
            "code in column 0 of sequence 3, step 0 is -1",
        ),
        (
            changed(STEPS, "valid", targets=put(STEPS.valid.targets, (2, 0), 3)),
            "label of sequence 2, step 0 is 3",
        ),
        (
            changed(LAST, "train", targets=put(LAST.train.targets, 5, -1)),
            "label of sequence 5 is -1, not from 0 to 2",
        ),
        (changed(LAST, "train", targets=LAST.train.targets.astype(np.int32)), "targets must be"),
        (
            replace(STEPS, train=replace(STEPS.train, per_step=False)),
            "a target of every step, the network one of each sequence|targets must be",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_sequences_that_do_not_fit_never_reach_the_kernels(split, message):
    with pytest.raises(EngineError, match=message):
        NativeSlot(0, recurrent_recipe(split), split, 1)


def test_rows_of_a_table_are_refused():
    with pytest.raises(EngineError, match="recurrent networks read sequences, not TableRows"):
        NativeSlot(0, recurrent_recipe(STEPS), CLASSIFICATION, 1)


def test_more_layers_than_the_kernels_have_are_refused():
    with pytest.raises(EngineError, match="5 recurrent layers; native kernels have 1 to 4"):
        NativeSlot(0, recurrent_recipe(STEPS, layers=5), STEPS, 1)


def test_no_memory_is_an_error_with_what_to_do():
    with pytest.raises(EngineError, match=r"no memory for .* MiB; train fewer"):
        NativeSlot(0, recurrent_recipe(STEPS, units=10_000_000), STEPS, 1)
