"""Slots of a call must fit: what a step keeps is about what the formulas say."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
import torch

from curvewise.cohort.recipe import Recipe
from curvewise.cohort.stacked import room
from curvewise.cohort.stacked.device import device
from curvewise.cohort.stacked.forward import forward
from curvewise.cohort.stacked.layers import Training
from curvewise.cohort.stacked.losses import training_losses
from curvewise.cohort.stacked.placing import place
from curvewise.cohort.stacked.slot import StackedSlot
from curvewise.cohort.stacked.stack import Stack
from curvewise.cohort.stacked.tile import most_slots
from curvewise.data.examples import Split
from tests.cohort.image_problems import convolutional_shape, image_recipe, image_split
from tests.cohort.problems import CLASSIFICATION, recipe_for
from tests.cohort.sequence_problems import recurrent_recipe, sequence_split
from tests.cohort.translation_problems import reversal_split, translation_shape

IMAGES = image_split(size=16)
PAIRS = reversal_split(longest=20)
SEQUENCES = sequence_split(time=20, rows=(20, 4))
PROBLEMS: dict[str, tuple[Split, Recipe]] = {
    "perceptron": (CLASSIFICATION, recipe_for(CLASSIFICATION, units=(64, 64), minibatch=150)),
    "normalised perceptron": (
        CLASSIFICATION,
        recipe_for(CLASSIFICATION, units=(64, 64), normalisation="layer", dropout=0.2, minibatch=150),
    ),
    "gru": (SEQUENCES, recurrent_recipe(SEQUENCES, units=32, minibatch=20)),
    "lstm_fgr": (SEQUENCES, recurrent_recipe(SEQUENCES, cell="lstm_fgr", units=32, layers=2, minibatch=20)),
    "plain": (IMAGES, image_recipe(convolutional_shape(height=16, width=16, filters=(16, 32)), minibatch=90)),
    "residual": (
        IMAGES,
        image_recipe(
            convolutional_shape(
                height=16, width=16, residual=True, convolutions=2, normalisation="batch", activation="silu"
            ),
            minibatch=90,
        ),
    ),
    "additive": (PAIRS, image_recipe(translation_shape(units=32, layers=2), minibatch=60)),
    "dot": (PAIRS, image_recipe(translation_shape(units=32, cell="lstm", attention="dot"), minibatch=60)),
}


def really_kept(split: Split, recipe: Recipe, slots=3) -> float:
    """Floats of one slot that autograd keeps of a step over the first rows, the weights aside."""
    opened = [StackedSlot(k, recipe, split, k) for k in range(slots)]
    stack, sizes = Stack.of(opened), {}

    def keep(tensor):
        storage = tensor.untyped_storage()
        sizes[storage.data_ptr()] = tensor, storage.nbytes() / 4  # the tensor, so that it is not freed
        return tensor

    leaves = stack.leaves()
    keeping = Training(lambda x, layer: x * (torch.rand_like(x) > 0.1), lambda *_: None)
    batch = place(split.train).take(np.stack([np.arange(recipe.minibatch)] * slots))
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        outputs = forward(recipe.shape, leaves | stack.others(), batch, keeping)
        training_losses(recipe.loss, outputs, batch.targets, None, batch.counted)
    sizes.pop(stack.weights.untyped_storage().data_ptr(), None)
    return sum(size for _, size in sizes.values()) / slots


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_step_keeps_about_as_much_as_is_reckoned(name):
    split, recipe = PROBLEMS[name]
    assert 0.5 < really_kept(split, recipe) / room.kept(recipe, split.train) < 1.3


@pytest.mark.skipif(device().type != "cpu", reason="of a processor's memory")
@pytest.mark.parametrize("name", PROBLEMS)
def test_what_is_kept_bounds_the_slots_of_a_call(name, monkeypatch):
    split, recipe = PROBLEMS[name]
    recipe = msgspec.structs.replace(recipe, minibatch=4)
    monkeypatch.setattr(room, "KEPT", 3 * room.kept(recipe, split.train) + 1)
    assert most_slots(recipe, split.train) == 3
    monkeypatch.setattr(room, "KEPT", 1)
    assert most_slots(recipe, split.train) == 1


@pytest.mark.skipif(device().type != "cpu", reason="of a processor's caches")
@pytest.mark.parametrize(
    ("side", "filters", "minibatch", "most"), [(28, 16, 64, 1), (28, 8, 16, 10), (8, 8, 16, 64)]
)
def test_large_maps_are_not_side_by_side_on_a_processor(side, filters, minibatch, most):
    split = image_split(size=side)
    shape = convolutional_shape(height=side, width=side, filters=(filters, 2 * filters))
    assert most_slots(image_recipe(shape, minibatch=minibatch), split.train) == most
