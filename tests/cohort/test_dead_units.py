"""Dead units are told of in every family, and in every way of training alike."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
import torch

from curvewise.cohort.dead_units import is_alive, is_cell_alive
from curvewise.cohort.families.perceptron_shape import Activation
from curvewise.cohort.kernels import unavailable
from curvewise.cohort.native import NativeSlot
from curvewise.cohort.reference import ReferenceSlot
from curvewise.cohort.stacked.slot import StackedSlot
from tests.cohort.image_problems import convolutional_shape, image_recipe, image_split
from tests.cohort.problems import CLASSIFICATION, read_only, recipe_for
from tests.cohort.sequence_problems import recurrent_recipe, sequence_split
from tests.cohort.translation_problems import reversal_split, translation_shape

SLOTS = [
    ReferenceSlot,
    StackedSlot,
    pytest.param(NativeSlot, marks=pytest.mark.skipif(unavailable() is not None, reason=str(unavailable()))),
]
BIASES = {"relu": -1e4, "leaky_relu": -1e4, "tanh": 1e4, "sigmoid": -1e4, "gelu": -1e4, "silu": -1e4}
"""What puts a unit to sleep whatever enters it."""


def dead_units(slot, **written):
    """What the next epoch tells once these values begin those weights (a dot in a name is ``__``)."""
    state = slot.state()
    for name, values in written.items():
        state["weights." + name.replace("__", ".")][: len(values)] = values
    slot.load(state)
    return slot.train_epoch().dead_units


@pytest.mark.parametrize("slot_of", SLOTS)
@pytest.mark.parametrize("activation", get_args(Activation))
def test_units_that_nothing_wakes_are_dead(slot_of, activation):
    recipe = recipe_for(CLASSIFICATION, units=(8, 12), activation=activation, learning_rate=1e-6)
    slot = slot_of(0, recipe, CLASSIFICATION, 1)
    biases = [BIASES[activation]] * 3 + [0.5] * 9
    first, second = dead_units(slot, hidden__0__linear__bias=[0.5] * 8, hidden__1__linear__bias=biases)
    assert first == 0
    assert second == pytest.approx(3 / 12)


@pytest.mark.parametrize("slot_of", SLOTS)
@pytest.mark.parametrize("cell", ["relu", "tanh"])
@pytest.mark.parametrize("dropout", [0.0, 0.9])
def test_cells_that_no_step_wakes_are_dead(slot_of, cell, dropout):
    """What dropout silences is not dead for that."""
    split = sequence_split(rows=(40, 5))
    recipe = recurrent_recipe(split, cell=cell, layers=2, units=9, dropout=dropout, learning_rate=1e-6)
    slot = slot_of(0, recipe, split, 1)
    biases = [BIASES[cell]] * 2 + [0.5] * 7
    first, second = dead_units(slot, layers__0__bias=[0.5] * 9, layers__1__bias=biases)
    assert first == 0
    assert second == pytest.approx(2 / 9)


@pytest.mark.parametrize("slot_of", SLOTS)
@pytest.mark.parametrize("awake", [True, False])
def test_a_single_step_of_one_sequence_wakes_a_cell_and_none_beyond_a_length_does(slot_of, awake):
    split = sequence_split(rows=(13, 5))
    train = split.train
    numbers = np.zeros_like(train.numbers)
    numbers[np.arange(train.numbers.shape[1]) >= train.lengths[:, None]] = 1e4
    assert (numbers == 1e4).any()
    numbers[7, train.lengths[7] - 1, 0] = 101.0 if awake else 99.0
    split = replace(split, train=replace(train, numbers=read_only(numbers)))
    recipe = recurrent_recipe(split, cell="relu", units=4, optimizer="sgd", learning_rate=0.0)
    found = dead_units(
        slot_of(0, recipe, split, 1),
        layers__0__input_weight=[[1, 0, 0, 0]],
        layers__0__recurrent_weight=[[0, 0, 0, 0]],
        layers__0__bias=[-100.0, 1.0, 1.0, 1.0],
    )
    assert found == (0.0 if awake else 0.25,)


@pytest.mark.parametrize("slot_of", SLOTS)
@pytest.mark.parametrize("cell", ["gru", "lstm", "lstm_cifg"])
def test_cells_with_gates_tell_of_none(slot_of, cell):
    split = sequence_split()
    assert slot_of(0, recurrent_recipe(split, cell=cell), split, 1).train_epoch().dead_units == ()


@pytest.mark.parametrize("slot_of", SLOTS[:2])
@pytest.mark.parametrize("activation", get_args(Activation))
def test_channels_that_no_pixel_wakes_are_dead(slot_of, activation):
    split = image_split()
    shape = convolutional_shape(convolutions=2, activation=activation)
    slot = slot_of(0, image_recipe(shape, learning_rate=1e-6), split, 1)
    found = dead_units(
        slot,
        stages__0__0__convolution__bias=[0.5] * 4,
        stages__0__1__convolution__bias=[0.5] * 4,
        stages__1__0__convolution__bias=[0.5] * 6,
        stages__1__1__convolution__bias=[BIASES[activation]] * 3 + [0.5] * 3,
    )
    assert found == (0.0, 0.0, 0.0, 0.5)


@pytest.mark.parametrize("slot_of", SLOTS[:2])
def test_a_residual_network_has_two_activations_a_block_after_its_stem(slot_of):
    shape = convolutional_shape(residual=True, convolutions=2)
    slot = slot_of(0, image_recipe(shape, learning_rate=1e-6), image_split(), 1)
    biases = {
        "stem__convolution__bias": [-1e4] + [0.5] * 3,
        "stages__0__0__first__convolution__bias": [-1e4] * 2 + [0.5] * 2,
        "stages__0__0__second__convolution__bias": [-1e4] * 3 + [0.5],
        "stages__1__0__first__convolution__bias": [0.5] * 6,
        "stages__1__0__second__convolution__bias": [-1e5] * 3 + [1.0] * 3,
    }
    assert dead_units(slot, **biases) == pytest.approx((1 / 4, 2 / 4, 3 / 4, 0, 3 / 6), abs=1e-6)


@pytest.mark.parametrize("slot_of", SLOTS[:2])
def test_an_encoder_decoder_tells_of_its_relu_and_tanh_cells_in_order(slot_of):
    split = reversal_split()
    shape = translation_shape(encoder_cell="relu", cell="tanh", units=4, layers=2)
    slot = slot_of(0, image_recipe(shape, learning_rate=1e-6), split, 1)
    awake = {f"encoder__{n}__{way}__bias": [1.0] * 4 for n in (0, 1) for way in ("forwards", "backwards")}
    asleep = {
        "encoder__0__backwards__bias": [-1e4, 1, 1, 1],
        "encoder__1__forwards__bias": [-1e4, -1e4, 1, 1],
        "decoder__0__bias": [0.0] * 4,
        "decoder__1__bias": [1e4, 1e4, 1e4, 0],
    }
    assert dead_units(slot, **awake | asleep) == (0, 0.25, 0.5, 0, 0, 0.75)
    gated = translation_shape(encoder_cell="relu", cell="gru")
    assert len(slot_of(0, image_recipe(gated), split, 1).train_epoch().dead_units) == 2


def test_alive_is_where_a_gradient_comes_through():
    entering = torch.tensor([-6.0, -4.0, -0.1, 0.0, 0.1, 4.0, 6.0])
    alive = {activation: is_alive(entering, activation).tolist() for activation in get_args(Activation)}
    assert alive["relu"] == alive["leaky_relu"] == [False] * 4 + [True] * 3
    assert alive["tanh"] == alive["sigmoid"] == [False] + [True] * 5 + [False]
    assert alive["gelu"] == alive["silu"] == [False] + [True] * 6
    assert is_cell_alive(torch.relu(entering), "relu").tolist() == alive["relu"]
    assert is_cell_alive(torch.tanh(entering), "tanh").tolist() == alive["tanh"]
