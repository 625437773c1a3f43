"""Copies of a slot, in every way and family: they go on where their parent stands."""

from __future__ import annotations

from itertools import permutations

import msgspec
import numpy as np
import pytest

from curvewise.cohort import ways
from curvewise.cohort.forks import forked_state
from curvewise.cohort.ways import Workshop
from tests.cohort.image_problems import convolutional_shape, image_recipe, image_split
from tests.cohort.problems import CATEGORIES, recipe_for
from tests.cohort.sequence_problems import recurrent_recipe, sequence_split
from tests.cohort.translation_problems import reversal_split, translation_shape

IMAGES = image_split()
REVERSALS = reversal_split(rows=(40, 15))
SEQUENCES = sequence_split(per_step=False, cardinalities=(5,))
FAMILIES = {
    "perceptron": (CATEGORIES, recipe_for(CATEGORIES, normalisation="batch", dropout=0.2, decay="linear")),
    "averaged perceptron": (CATEGORIES, recipe_for(CATEGORIES, optimizer="schedule_free")),
    "gru": (SEQUENCES, recurrent_recipe(SEQUENCES, dropout=0.2, decay="plateau", patience=0)),
    "lstm_fgr": (SEQUENCES, recurrent_recipe(SEQUENCES, cell="lstm_fgr", layers=2)),
    "convolutional": (IMAGES, image_recipe(convolutional_shape(normalisation="batch"), input_noise=0.1)),
    "residual": (
        IMAGES,
        image_recipe(
            convolutional_shape(residual=True, convolutions=2, filters=(8, 16), normalisation="group"),
            minibatch=30,
        ),
    ),
    "translation": (REVERSALS, image_recipe(translation_shape(cell="lstm", layers=2, dropout=0.2))),
}
SLOW = {"compiled", "processes"}
WAYS = [pytest.param(way, marks=pytest.mark.slow) if way in SLOW else way for way in ways.available()]
PAIRS = [
    pytest.param(*pair, marks=pytest.mark.slow) if SLOW & {*pair} else pair
    for pair in permutations(ways.available(), 2)
]
EXACT = {"native", "processes", "reference"}
"""Ways in which a copy goes on bit for bit; of stacked slots the last bit may depend on neighbours."""
UNLIKE = ("trial", "seconds", "examples_per_second")


@pytest.fixture(scope="module")
def workshop():
    workshop = Workshop(1)
    yield workshop
    workshop.close()


def told(point):
    return {name: getattr(point, name) for name in point.__struct_fields__ if name not in UNLIKE}


def forked(workshop, way, slot, number, recipe, changed, split):
    child = workshop.open(way, number, changed, split, seed=5)
    child.load(forked_state(slot.state(), recipe, changed))
    return child


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("way", WAYS)
def test_a_fork_with_nothing_changed_continues_its_parent(workshop, way, family):
    split, recipe = FAMILIES[family]
    parent = workshop.open(way, 0, recipe, split, seed=5)
    for _ in range(2):
        parent.train_epoch()
    child = forked(workshop, way, parent, 1, recipe, recipe, split)
    for _ in range(2):
        expected, found = parent.train_epoch(), child.train_epoch()
        if ways.serving(way, recipe) in EXACT:
            assert told(found) == told(expected)
        else:
            assert found.valid_loss == pytest.approx(expected.valid_loss, rel=1e-5)
            assert found.train_loss == pytest.approx(expected.train_loss, rel=1e-5)
    ours, theirs = child.weights(best=False), parent.weights(best=False)
    assert all(np.allclose(array, theirs[name], rtol=1e-4, atol=1e-6) for name, array in ours.items())


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("way", WAYS)
def test_a_fork_trains_its_own_recipe_and_leaves_its_parent_alone(workshop, way, family):
    split, recipe = FAMILIES[family]
    parent = workshop.open(way, 0, recipe, split, seed=5)
    parent.train_epoch()
    before = parent.state()
    changed = msgspec.structs.replace(recipe, learning_rate=0.0, optimizer="sgd", weight_decay=0.0)
    child = forked(workshop, way, parent, 1, recipe, changed, split)
    weights = child.weights(best=False)
    point = child.train_epoch()
    assert (point.learning_rate, point.update_ratio, point.epoch) == (0, 0, 2)
    trained = {
        n: a for n, a in child.weights(best=False).items() if "running" not in n and "batches" not in n
    }
    assert all(np.array_equal(array, weights[name]) for name, array in trained.items())
    assert all(np.array_equal(array, before[name]) for name, array in parent.state().items())


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_any_way_goes_on_where_any_other_stands(workshop, first, second, family):
    split, recipe = FAMILIES[family]
    slot = workshop.open(first, 0, recipe, split, seed=5)
    heir = workshop.open(second, 0, recipe, split, seed=5)
    slot.train_epoch()
    heir.load(slot.state())
    expected, found = slot.train_epoch(), heir.train_epoch()
    assert found.train_loss == pytest.approx(expected.train_loss, rel=1e-4)
    assert found.valid_loss == pytest.approx(expected.valid_loss, rel=1e-4)
    assert found.epoch == heir.epoch == 2
    assert {n: a.shape for n, a in heir.weights().items()} == {n: a.shape for n, a in slot.weights().items()}
