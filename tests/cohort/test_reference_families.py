"""The reference trains every family: it learns, goes on bit for bit, and is the loop anyone would write."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from curvewise.cohort import inference
from curvewise.cohort.families.network import network_of
from curvewise.cohort.forks import check_fork, forked_state
from curvewise.cohort.initial_weights import initial_weights
from curvewise.cohort.recipe import Recipe
from curvewise.cohort.reference import ReferenceSlot
from curvewise.cohort.scores import score_examples
from curvewise.data.order import minibatch_order
from curvewise.errors import EngineError
from tests.cohort.image_problems import convolutional_shape, image_split
from tests.cohort.problems import CLASSIFICATION, recipe_for, timeless
from tests.cohort.translation_problems import reversal_split, translation_shape

IMAGES, PAIRS = image_split(), reversal_split()
SHAPES = {
    "plain": convolutional_shape(),
    "plain, batch": convolutional_shape(normalisation="batch", dropout=0.2),
    "residual": convolutional_shape(residual=True, convolutions=2),
    "residual, batch": convolutional_shape(residual=True, convolutions=4, normalisation="batch"),
    "residual, group": convolutional_shape(residual=True, convolutions=2, normalisation="group", dropout=0.2),
    "additive": translation_shape(units=16),
    "dot, two layers": translation_shape(units=12, attention="dot", cell="lstm", layers=2, dropout=0.1),
}


def problem(name: str, **changes):
    """A recipe for the shape of this name, and the split that it is trained on."""
    shape = SHAPES[name]
    values = msgspec.structs.asdict(recipe_for(CLASSIFICATION, **changes)) | {"shape": shape}
    return Recipe(**values), PAIRS if shape.outputs == PAIRS.outputs else IMAGES


def epochs(slot: ReferenceSlot, count: int):
    return [slot.train_epoch() for _ in range(count)]


@pytest.mark.parametrize("name", SHAPES)
def test_it_learns(name):
    recipe, split = problem(name, learning_rate=0.02)
    points = epochs(ReferenceSlot(0, recipe, split, 1), 8)
    assert points[-1].train_loss < 0.8 * points[0].train_loss
    assert not any(point.diverged for point in points)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("optimizer", ["adamw", "nesterov", "adagrad"])
def test_a_loaded_slot_goes_on_bit_for_bit(name, optimizer):
    recipe, split = problem(name, optimizer=optimizer, weight_decay=0.01, clip=1.0, minibatch=20)
    slot, other = (ReferenceSlot(4, recipe, split, 2) for _ in range(2))
    epochs(slot, 2)
    other.load(slot.state())
    assert timeless(epochs(slot, 2)) == timeless(epochs(other, 2))
    ours, theirs = slot.state(), other.state()
    assert ours.keys() == theirs.keys()
    assert all(np.array_equal(ours[key], theirs[key]) for key in ours if key != "counters")
    assert all(array.flags.c_contiguous for array in ours.values())


@pytest.mark.parametrize("name", SHAPES)
def test_outputs_are_scored_as_the_points_are(name):
    recipe, split = problem(name)
    slot = ReferenceSlot(0, recipe, split, 1)
    point = epochs(slot, 2)[-1]
    outputs = slot.outputs(split.valid, best=False)
    found = score_examples(outputs, split.valid, split.task, split.target_scale)
    assert found == (point.valid_loss, point.valid_error)


@pytest.mark.parametrize("name", SHAPES)
def test_outputs_do_not_depend_on_the_pieces_that_they_are_computed_in(name, monkeypatch):
    recipe, split = problem(name)
    slot = ReferenceSlot(0, recipe, split, 1)
    whole = slot.outputs(split.valid)
    monkeypatch.setattr(inference, "PIECE", 40)
    monkeypatch.setattr(inference, "NUMBERS", 1500)
    np.testing.assert_allclose(slot.outputs(split.valid), whole, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ["residual, batch", "dot, two layers"])
def test_it_is_the_loop_that_anyone_would_write(name):
    """Against torch's plain parts: no fused update, no pieces; the network itself is tested for itself."""
    recipe, split = problem(name, optimizer="adamw", weight_decay=0.1, minibatch=20)
    recipe = msgspec.structs.replace(recipe, shape=msgspec.structs.replace(recipe.shape, dropout=0.0))
    slot = ReferenceSlot(0, recipe, split, 3)
    network = network_of(recipe.shape, initial_weights(recipe, 3))
    groups = [
        {"params": [p for p in network.parameters() if p.ndim > 1], "weight_decay": 0.1},
        {"params": [p for p in network.parameters() if p.ndim == 1], "weight_decay": 0.0},
    ]
    adamw = torch.optim.AdamW(groups, lr=0.01, foreach=False)
    inputs, targets = [torch.tensor(a) for a in split.train.inputs], torch.tensor(split.train.targets)
    for epoch in (1, 2):
        point, norms = slot.train_epoch(), []
        network.train()
        for rows in torch.tensor(minibatch_order(3, epoch, split.train.rows)).split(20):
            outputs, wanted = network(*(array[rows] for array in inputs)), targets[rows]
            if split.train.steps is not None:
                lengths = torch.tensor(split.train.steps)[rows]
                pieces = [(o[:end], w[:end]) for o, w, end in zip(outputs, wanted, lengths, strict=True)]
                outputs, wanted = (torch.cat(list(parts)) for parts in zip(*pieces, strict=True))
            adamw.zero_grad()
            functional.cross_entropy(outputs, wanted).backward()
            norms.append(nn.utils.get_total_norm([p.grad for p in network.parameters()]).item())
            adamw.step()
        network.eval()
        with torch.no_grad():
            logits = network(*(torch.tensor(array) for array in split.valid.inputs)).numpy()
        loss, error = score_examples(logits, split.valid, split.task, 1.0)
        assert (point.valid_loss, point.valid_error) == pytest.approx((loss, error), rel=1e-4)
        assert point.gradient_norm == pytest.approx(np.mean(norms[-8:]), rel=1e-3)


@pytest.mark.parametrize("name", ["plain, batch", "dot, two layers"])
def test_dropout_draws_other_masks_at_every_step_and_seed(name):
    recipe, split = problem(name, learning_rate=0.0)
    losses = {ReferenceSlot(0, recipe, split, seed).train_epoch().train_loss for seed in (1, 1, 2)}
    assert len(losses) == 2
    slot = ReferenceSlot(0, recipe, split, 1)
    assert len({point.train_loss for point in epochs(slot, 3)}) == 3


def test_batch_normalisation_counts_its_steps():
    recipe, split = problem("plain, batch", minibatch=20)
    slot = ReferenceSlot(0, recipe, split, 1)
    epochs(slot, 2)
    assert slot.state()["weights.stages.1.0.normalisation.num_batches_tracked"] == 10


def test_gates_are_drawn_each_for_itself():
    recipe, split = problem("dot, two layers", initialisation="orthogonal")
    weight = ReferenceSlot(0, recipe, split, 1).weights()["decoder.1.recurrent_weight"]
    for gate in np.split(weight, 4):
        np.testing.assert_allclose(gate @ gate.T, np.eye(12), atol=1e-5)


@pytest.mark.parametrize("name", ["plain", "additive"])
def test_noise_is_on_numbers_and_not_on_codes(name):
    recipe, split = problem(name, learning_rate=0.0)
    noisy = msgspec.structs.replace(recipe, input_noise=0.5)
    quiet, loud = (ReferenceSlot(0, r, split, 1).train_epoch().train_loss for r in (recipe, noisy))
    assert (quiet != loud) == (name == "plain")


def test_forks_keep_the_network_but_for_its_dropout():
    recipe, split = problem("residual, group")
    changed = msgspec.structs.replace(recipe, shape=msgspec.structs.replace(recipe.shape, dropout=0.5))
    check_fork(0, recipe, 1, changed)
    parent, child = ReferenceSlot(0, recipe, split, 1), ReferenceSlot(1, changed, split, 1)
    epochs(parent, 1)
    child.load(forked_state(parent.state(), recipe, changed))
    assert child.train_epoch().train_loss != parent.train_epoch().train_loss
    other = msgspec.structs.replace(recipe, shape=msgspec.structs.replace(recipe.shape, filters=(4, 8)))
    with pytest.raises(EngineError, match="filters"):
        check_fork(0, recipe, 1, other)
