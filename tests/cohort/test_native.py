"""What is asked of a native slot beyond agreeing with the specification (``test_twins``)."""

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

from curvewise.cohort.families.network import network_of
from curvewise.cohort.families.perceptron_shape import Activation, Normalisation
from curvewise.cohort.inference import infer
from curvewise.cohort.kernels import instruction_sets, load, unavailable
from curvewise.cohort.native import NativeSlot
from curvewise.cohort.recipe import Optimizer
from curvewise.errors import EngineError
from tests.cohort.problems import (
    CATEGORIES,
    CLASSIFICATION,
    REGRESSION,
    SPLITS,
    WIDE,
    read_only,
    recipe_for,
    timeless,
)

pytestmark = pytest.mark.skipif(unavailable() is not None, reason=str(unavailable()))

RICH = {"normalisation": "batch", "dropout": 0.3, "weight_decay": 0.01, "units": (20, 9)}


def curve(slot: NativeSlot, epochs: int) -> list[dict[str, object]]:
    """Points without the measured seconds."""
    return [msgspec.structs.asdict(point) for point in timeless(slot.train_epoch() for _ in range(epochs))]


def assert_equal_states(ours, theirs) -> None:
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        assert array.dtype == theirs[name].dtype, name
        seconds = name == "counters"
        np.testing.assert_array_equal(
            np.delete(array, 3) if seconds else array,
            np.delete(theirs[name], 3) if seconds else theirs[name],
            name,
        )


@pytest.mark.parametrize("optimizer", get_args(Optimizer))
@pytest.mark.parametrize("normalisation", get_args(Normalisation))
def test_a_copy_goes_on_bit_for_bit(optimizer, normalisation):
    recipe = recipe_for(CATEGORIES, **RICH | {"optimizer": optimizer, "normalisation": normalisation})
    slot, copy = (NativeSlot(4, recipe, CATEGORIES, 9) for _ in range(2))
    curve(slot, 2)
    copy.load(slot.state())
    assert_equal_states(copy.state(), slot.state())
    assert curve(copy, 2) == curve(slot, 2)
    assert_equal_states(copy.state(), slot.state())


def test_a_state_is_a_copy():
    recipe = recipe_for(CLASSIFICATION, **RICH)
    slot = NativeSlot(0, recipe, CLASSIFICATION, 1)
    curve(slot, 1)
    state = slot.state()
    before = {name: array.copy() for name, array in state.items()}
    curve(slot, 1)
    assert_equal_states(state, before)


def test_a_state_without_moments_begins_the_optimizer_anew():
    recipe = recipe_for(CLASSIFICATION, optimizer="adam")
    slot, heir = (NativeSlot(0, recipe, CLASSIFICATION, 1) for _ in range(2))
    curve(slot, 1)
    curve(heir, 1)
    state = {
        name: array for name, array in slot.state().items() if not name.startswith(("optimizer.", "best."))
    }
    state["counters"][2] = 0  # updates
    heir.load(state)
    assert not any(array.any() for name, array in heir.state().items() if name.startswith("optimizer."))
    assert_equal_states(heir.weights(best=True), slot.weights(best=False))
    assert curve(heir, 1) != curve(slot, 1)


def test_threads_and_neighbours_change_nothing():
    recipes = [recipe_for(WIDE, **RICH | {"units": (70 + 30 * i, 33)}) for i in range(4)]
    alone = [curve(NativeSlot(i, recipe, WIDE, i), 3) for i, recipe in enumerate(recipes)]
    beside: list[list[dict[str, object]]] = [[] for _ in recipes]

    def train(i: int) -> None:
        beside[i] = curve(NativeSlot(i, recipes[i], WIDE, i), 3)

    threads = [threading.Thread(target=train, args=(i,)) for i in range(len(recipes))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert beside == alone


@pytest.mark.parametrize("minibatch", [1, 2, 31, 150])
@pytest.mark.parametrize("units", [(), (1,), (1, 1, 1, 1), (130,), (17, 3, 40)])
def test_any_shape_learns(units, minibatch):
    recipe = recipe_for(CLASSIFICATION, units=units, minibatch=minibatch, learning_rate=0.003)
    points = curve(NativeSlot(0, recipe, CLASSIFICATION, 3), 4)
    losses = [point["train_loss"] for point in points]
    assert all(math.isfinite(loss) for loss in losses)
    assert losses[-1] < losses[0]
    assert points[-1]["step"] == 4 * math.ceil(150 / minibatch)


@settings(max_examples=25, deadline=None)
@given(
    units=st.lists(st.integers(1, 70), max_size=4),
    minibatch=st.integers(2, 150),
    name=st.sampled_from(["classification", "regression", "categories", "categories regression"]),
    normalisation=st.sampled_from(get_args(Normalisation)),
    activation=st.sampled_from(get_args(Activation)),
)
def test_outputs_are_those_of_the_module(units, minibatch, name, normalisation, activation):
    split = SPLITS[name]
    changes = {"units": tuple(units), "minibatch": minibatch}
    recipe = recipe_for(split, **changes, normalisation=normalisation, activation=activation)
    slot = NativeSlot(0, recipe, split, 2)
    slot.train_epoch()
    network = network_of(recipe.shape, slot.weights(best=False))
    expected = infer(network, split.valid)
    np.testing.assert_allclose(slot.outputs(split.valid, best=False), expected, rtol=1e-4, atol=1e-5)


def test_best_weights_are_those_of_the_lowest_error():
    recipe = recipe_for(CLASSIFICATION, learning_rate=0.05, units=(30,))
    slot = NativeSlot(0, recipe, CLASSIFICATION, 3)
    points = curve(slot, 15)
    best = min(points, key=lambda point: (point["valid_error"], point["valid_loss"]))
    assert best["epoch"] < 15
    chosen = slot.outputs(CLASSIFICATION.valid).argmax(axis=1)
    assert np.mean(chosen != CLASSIFICATION.valid.targets) == pytest.approx(best["valid_error"])
    assert best["valid_error"] < points[-1]["valid_error"] or best["valid_loss"] < points[-1]["valid_loss"]


@pytest.mark.parametrize("activation", get_args(Activation))
def test_a_number_that_is_not_finite_ends_the_epoch_alone(activation):
    calm = recipe_for(REGRESSION, activation=activation, optimizer="sgd", clip=0.0)
    slot, neighbour = (NativeSlot(i, calm, REGRESSION, 1) for i in range(2))
    curve(slot, 1)
    best = slot.weights()
    wild = NativeSlot(0, msgspec.structs.replace(calm, learning_rate=1e30), REGRESSION, 1)
    wild.load(slot.state())
    point = wild.train_epoch()
    assert point.diverged
    assert (point.train_loss, point.valid_loss, point.valid_error) == (math.inf, math.inf, math.inf)
    assert point.epoch == 2
    assert_equal_states(wild.weights(), best)
    assert not any(point["valid_loss"] == math.inf for point in curve(neighbour, 3))


def test_weights_that_are_not_finite_after_the_last_step_are_noticed():
    recipe = recipe_for(CLASSIFICATION, optimizer="sgd", learning_rate=3e38, minibatch=150)
    assert NativeSlot(0, recipe, CLASSIFICATION, 1).train_epoch().diverged


@pytest.mark.parametrize("instructions", instruction_sets(load()) if unavailable() is None else [])
@pytest.mark.parametrize("name", ["wide", "categories regression"])
def test_every_instruction_set_trains_alike(instructions, name):
    changes = {"units": (50, 33), "activation": "gelu", "normalisation": "layer", "dropout": 0.2}
    split = SPLITS[name]
    recipe = recipe_for(split, **changes)
    ours = curve(NativeSlot(0, recipe, split, 5, instructions=instructions), 3)
    plain = curve(NativeSlot(0, recipe, split, 5, instructions="baseline"), 3)
    for point, other in zip(ours, plain, strict=True):
        assert point["train_loss"] == pytest.approx(other["train_loss"], rel=1e-4)
        assert point["valid_loss"] == pytest.approx(other["valid_loss"], rel=1e-4)


def test_an_unknown_instruction_set_is_refused():
    with pytest.raises(EngineError, match=r"'sparc' kernels; it has .*baseline"):
        NativeSlot(0, recipe_for(CLASSIFICATION), CLASSIFICATION, 1, instructions="sparc")


def changed(part: str, **arrays):
    examples = replace(
        getattr(CATEGORIES, part), **{name: read_only(array) for name, array in arrays.items()}
    )
    return replace(CATEGORIES, **{part: examples})


@pytest.mark.parametrize(
    ("split", "message"),
    [
        (changed("train", numbers=CATEGORIES.train.numbers.astype(np.float64)), "numbers must be"),
        (changed("valid", numbers=CATEGORIES.valid.numbers[:, :2]), "numbers must be"),
        (changed("train", categories=CATEGORIES.train.categories + 5), "categories must be codes"),
        (changed("train", categories=CATEGORIES.train.categories - 1), "categories must be codes"),
        (changed("valid", targets=CATEGORIES.valid.targets + 1), "targets must be codes"),
        (changed("train", targets=CATEGORIES.train.targets[:-1]), "targets must be"),
        (changed("valid", targets=CATEGORIES.valid.targets.astype(np.int32)), "targets must be"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_rows_that_do_not_fit_never_reach_the_kernels(split, message):
    with pytest.raises(EngineError, match=message):
        NativeSlot(0, recipe_for(CATEGORIES), split, 1)


def test_strided_numbers_are_refused():
    numbers = np.zeros((150, 14), dtype=np.float32)[:, ::2]
    split = replace(CLASSIFICATION, train=replace(CLASSIFICATION.train, numbers=numbers))
    with pytest.raises(EngineError, match="strided"):
        NativeSlot(0, recipe_for(CLASSIFICATION), split, 1)


def test_a_loss_of_the_other_task_is_refused():
    with pytest.raises(EngineError, match="squared does not suit a classification"):
        NativeSlot(0, recipe_for(CLASSIFICATION, loss="squared"), CLASSIFICATION, 1)
