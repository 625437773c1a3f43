from __future__ import annotations

import msgspec
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from curvewise.cohort.families.network import network_of
from curvewise.cohort.initial_weights import initial_weights
from curvewise.cohort.optimizers import optimizer, set_learning_rate
from curvewise.cohort.parametrisation import Factors, factors_of, role
from curvewise.cohort.recipe import Optimizer
from curvewise.cohort.reference import ReferenceSlot
from curvewise.errors import EngineError
from tests.cohort.image_problems import convolutional_shape, image_recipe, image_split
from tests.cohort.problems import CATEGORIES, CLASSIFICATION, recipe_for
from tests.cohort.test_initial_weights import LSTM
from tests.cohort.translation_problems import translation_shape

M = 4.0


def rates(name: Optimizer) -> dict[str, float]:
    recipe = recipe_for(CATEGORIES, units=(32, 32), base_units=8, optimizer=name, normalisation="layer")
    parts = "hidden.0.linear.weight", "hidden.1.linear.weight", "output.weight", "hidden.1.linear.bias"
    return {part: factors_of(recipe, part).rate for part in (*parts, "embeddings.0.weight", "output.bias")}


@pytest.mark.parametrize("name", ["adam", "adamw", "rmsprop", "adagrad", "schedule_free"])
def test_rates_of_adam_and_its_like_are_those_of_the_papers_table(name):
    assert list(rates(name).values()) == [1, 1 / M, 1 / M, 1, 1, 1]


@pytest.mark.parametrize("name", ["sgd", "momentum", "nesterov"])
def test_rates_of_gradient_descent_are_those_of_the_papers_table(name):
    assert list(rates(name).values()) == [M, 1, 1 / M, M, 1, 1]


def test_rate_and_weight_decay_go_together():
    recipe = recipe_for(CATEGORIES, units=(32, 32), base_units=8)
    for name in initial_weights(recipe, 0):
        factors = factors_of(recipe, name)
        assert factors.rate * factors.decay == 1


def test_the_standard_parametrisation_changes_nothing():
    recipe = recipe_for(CATEGORIES, units=(32, 32))
    assert {factors_of(recipe, name) for name in initial_weights(recipe, 0)} == {Factors()}


def test_a_linear_model_has_no_width():
    recipe = recipe_for(CATEGORIES, units=(), base_units=8)
    assert {factors_of(recipe, name) for name in initial_weights(recipe, 0)} == {Factors()}


def test_roles_in_a_recurrent_network():
    assert role(LSTM, "layers.0.input_weight") == "input"
    assert role(LSTM, "layers.1.input_weight") == role(LSTM, "layers.0.recurrent_weight") == "hidden"
    assert role(LSTM, "layers.0.bias") == "vector"
    assert role(LSTM, "output.weight") == "output"


@pytest.mark.parametrize(
    ("residual", "expected"),
    [
        (
            False,
            {
                "stages.0.0.convolution.weight": "input",
                "stages.0.1.convolution.weight": "hidden",
                "stages.1.0.convolution.weight": "hidden",
                "stages.1.0.normalisation.weight": "vector",
            },
        ),
        (
            True,
            {
                "stem.convolution.weight": "input",
                "stages.0.0.first.convolution.weight": "hidden",
                "stages.1.0.skip.convolution.weight": "hidden",
                "stages.1.0.skip.normalisation.bias": "vector",
            },
        ),
    ],
    ids=["plain", "residual"],
)
def test_roles_in_a_convolutional_network(residual, expected):
    shape = convolutional_shape(residual=residual, convolutions=2, normalisation="group")
    expected |= {"output.weight": "output", "output.bias": "fixed"}
    recipe = image_recipe(shape)
    assert expected.keys() <= initial_weights(recipe, 0).keys()
    assert {name: role(shape, name) for name in expected} == expected


def test_an_encoder_decoder_is_refused_with_the_reason():
    recipe = image_recipe(translation_shape(), base_units=4)
    with pytest.raises(EngineError, match=r"lowest input_weight reads .* no one rate fits it"):
        initial_weights(recipe, 0)


def test_torchs_optimizer_is_given_the_factors():
    recipe = recipe_for(CATEGORIES, units=(32, 32), base_units=8, optimizer="adamw", weight_decay=0.01)
    network = network_of(recipe.shape, initial_weights(recipe, 0))
    ours = optimizer(recipe, network.named_parameters())
    set_learning_rate(ours, 0.5)
    groups = {id(p): group for group in ours.param_groups for p in group["params"]}
    hidden, bias = groups[id(network.hidden[1].linear.weight)], groups[id(network.hidden[1].linear.bias)]
    assert (hidden["lr"], hidden["weight_decay"]) == (0.5 / M, 0.01 * M)
    assert (bias["lr"], bias["weight_decay"]) == (0.5, 0.0)


def test_it_is_a_function_of_the_shape_alone():
    recipe = recipe_for(CATEGORIES, units=(32, 32), base_units=8)
    other = msgspec.structs.replace(recipe, learning_rate=9.0, minibatch=3, horizon=99)
    assert factors_of(recipe, "output.weight") == factors_of(other, "output.weight")


def moved(units: int, base_units: int, name: Optimizer, rate: float) -> float:
    """How far the outputs move in three full-batch steps: root mean square over rows, classes and seeds."""
    changes = {"units": (units, units), "base_units": base_units, "optimizer": name, "learning_rate": rate}
    recipe = recipe_for(CLASSIFICATION, minibatch=150, **changes)
    found = []
    for seed in range(2):
        slot = ReferenceSlot(0, recipe, CLASSIFICATION, seed)
        before = slot.outputs(CLASSIFICATION.valid, best=False)
        for _ in range(3):
            slot.train_epoch()
        found.append(slot.outputs(CLASSIFICATION.valid, best=False) - before)
    return float(np.sqrt(np.mean(np.square(found))))


@pytest.mark.parametrize(("name", "rate"), [("adam", 0.003), ("schedule_free", 0.003), ("sgd", 0.1)])
def test_at_one_rate_outputs_move_as_far_at_any_width(name, rate):
    """The paper's coordinate check (appendix D.1)."""
    narrow = moved(32, 0, name, rate)
    assert moved(32, 32, name, rate) == narrow
    assert 0.6 < moved(512, 32, name, rate) / narrow < 1.6
    assert moved(512, 0, name, rate) / narrow > 4


IMAGES = image_split(rows=(64, 30))
KINDS = {
    "plain": {"convolutions": 2},
    "plain, batch": {"convolutions": 2, "normalisation": "batch"},
    "residual": {"residual": True, "convolutions": 2},
    "residual, group": {"residual": True, "convolutions": 2, "normalisation": "group"},
}


def coordinates(recipe, seed: int, steps: int) -> list[NDArray[np.float32]]:
    """What the last maps are, and the outputs, before and after so many full-batch steps."""
    slot, found = ReferenceSlot(0, recipe, IMAGES, seed), []
    pixels = torch.tensor(IMAGES.train.pixels)
    for taken in range(2):
        for _ in range(taken * steps):
            slot.train_epoch()
        network = network_of(recipe.shape, slot.weights(best=False)).train()  # of the minibatch's statistics
        with torch.no_grad():
            maps = network.stages(network.stem(pixels))
            outputs = network.output(network.pooling(maps).flatten(1))
        found += [maps.numpy(), outputs.numpy()]
    return found


def moved_maps(kind: str, filters: int, base_units: int, name: Optimizer, rate: float) -> tuple[float, float]:
    """How far the last maps and the outputs of a convolutional network move: root mean squares."""
    shape = convolutional_shape(filters=(filters, 2 * filters), **KINDS[kind])
    recipe = image_recipe(shape, minibatch=64, base_units=base_units, optimizer=name, learning_rate=rate)
    squares = []
    for seed in range(2):
        maps, outputs, maps_after, outputs_after = coordinates(recipe, seed, 3)
        squares.append([np.mean((maps_after - maps) ** 2), np.mean((outputs_after - outputs) ** 2)])
    moved_by, outputs_by = np.sqrt(np.mean(squares, axis=0)).tolist()
    return moved_by, outputs_by


@pytest.mark.parametrize(
    ("kind", "name", "rate"),
    [
        *((kind, "adam", 0.003) for kind in KINDS),
        ("plain, batch", "sgd", 0.1),
        ("residual, group", "sgd", 0.1),
    ],
)
def test_at_one_rate_maps_and_outputs_of_convolutions_move_as_far_at_any_width(kind, name, rate):
    """The same coordinate check; at its own width the base is the standard parametrisation."""
    narrow = moved_maps(kind, 4, 0, name, rate)
    assert moved_maps(kind, 4, 4, name, rate) == narrow
    wide, standard = (moved_maps(kind, 32, base, name, rate) for base in (4, 0))
    for after, before in zip(wide, narrow, strict=True):
        assert 0.5 < after / before < 2
    assert standard[0] > 1.5 * wide[0]
