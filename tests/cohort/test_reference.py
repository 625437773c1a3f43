from __future__ import annotations

import math
from typing import get_args

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from curvewise.cohort.recipe import Optimizer
from curvewise.cohort.reference import ReferenceSlot
from curvewise.cohort.scores import score
from curvewise.data.order import minibatch_order
from tests.cohort.problems import CLASSIFICATION, REGRESSION, SPLITS, recipe_for, timeless


def epochs(slot: ReferenceSlot, count: int):
    return [slot.train_epoch() for _ in range(count)]


@pytest.mark.parametrize("name", SPLITS)
def test_it_learns_every_problem(name):
    split = SPLITS[name]
    points = epochs(ReferenceSlot(0, recipe_for(split, learning_rate=0.02), split, 1), 8)
    assert points[-1].train_loss < 0.8 * points[0].train_loss


def test_it_is_the_loop_that_anyone_would_write():
    """Against torch's plain parts: no fused update, no hash, no pieces."""
    split, recipe = CLASSIFICATION, recipe_for(CLASSIFICATION, optimizer="adamw", weight_decay=0.1, clip=0.5)
    slot = ReferenceSlot(0, recipe, split, 3)
    start = slot.weights(best=False)
    plain = nn.Sequential(nn.Linear(7, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 3))
    with torch.no_grad():
        for parameter, array in zip(plain.parameters(), start.values(), strict=True):
            parameter.copy_(torch.tensor(array))
    groups = [
        {"params": [p for p in plain.parameters() if p.ndim == 2], "weight_decay": 0.1},
        {"params": [p for p in plain.parameters() if p.ndim == 1], "weight_decay": 0.0},
    ]
    adamw = torch.optim.AdamW(groups, lr=0.01, foreach=False)
    numbers, targets = torch.tensor(split.train.numbers), torch.tensor(split.train.targets)
    for epoch in (1, 2, 3):
        point, norms = slot.train_epoch(), []
        for rows in torch.tensor(minibatch_order(3, epoch, 150)).split(16):
            adamw.zero_grad()
            functional.cross_entropy(plain(numbers[rows]), targets[rows]).backward()
            norms.append(nn.utils.clip_grad_norm_(plain.parameters(), 0.5).item())
            adamw.step()
        logits = plain(torch.tensor(split.valid.numbers))
        loss = functional.cross_entropy(logits, torch.tensor(split.valid.targets)).item()
        assert point.valid_loss == pytest.approx(loss, rel=1e-5)
        assert point.gradient_norm == pytest.approx(np.mean(norms[-8:]), rel=1e-4)
        assert point.step == epoch * 10


@pytest.mark.parametrize("optimizer", get_args(Optimizer))
def test_a_loaded_slot_goes_on_bit_for_bit(optimizer):
    recipe = recipe_for(CLASSIFICATION, optimizer=optimizer, normalisation="batch", dropout=0.3, decay="wsd")
    slot = ReferenceSlot(4, recipe, CLASSIFICATION, 2)
    epochs(slot, 2)
    state = slot.state()
    other = ReferenceSlot(4, recipe, CLASSIFICATION, 2)
    other.load(state)
    assert timeless(epochs(slot, 3)) == timeless(epochs(other, 3))
    ours, theirs = slot.state(), other.state()
    assert ours.keys() == theirs.keys()
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours if name != "counters")


def test_the_best_weights_are_those_of_the_best_error_then_loss():
    slot = ReferenceSlot(0, recipe_for(CLASSIFICATION, learning_rate=0.05), CLASSIFICATION, 1)
    points = epochs(slot, 12)
    best = min((point.valid_error, point.valid_loss) for point in points)
    assert best != (points[-1].valid_error, points[-1].valid_loss)  # else this tests nothing
    valid = CLASSIFICATION.valid
    loss, error = score(slot.outputs(valid), valid.targets, "classification", 1.0)
    assert (error, loss) == best
    loss, error = score(slot.outputs(valid, best=False), valid.targets, "classification", 1.0)
    assert (error, loss) == (points[-1].valid_error, points[-1].valid_loss)


def test_training_and_validation_losses_compare_whatever_is_minimised():
    """At rate zero the network stays, so the training loss is the plain one over the training rows."""
    for split, changes in ((CLASSIFICATION, {"label_smoothing": 0.3}), (REGRESSION, {"loss": "huber"})):
        slot = ReferenceSlot(0, recipe_for(split, learning_rate=0.0, **changes), split, 1)
        point = slot.train_epoch()
        plain = score(slot.outputs(split.train), split.train.targets, split.task, split.target_scale)
        assert (point.train_loss, point.train_error) == pytest.approx(plain, rel=1e-6)
        assert point.update_ratio == 0


@pytest.mark.parametrize("change", [{"label_smoothing": 0.2}, {"dropout": 0.2}, {"clip": 0.1}])
def test_what_bends_training_changes_the_weights(change):
    plain = ReferenceSlot(0, recipe_for(CLASSIFICATION), CLASSIFICATION, 1)
    bent = ReferenceSlot(0, recipe_for(CLASSIFICATION, **change), CLASSIFICATION, 1)
    assert plain.train_epoch().valid_loss != bent.train_epoch().valid_loss


def test_a_last_single_row_is_left_out_of_batch_normalisation():
    split = SPLITS["single input"]  # 33 rows in minibatches of 16
    assert ReferenceSlot(0, recipe_for(split), split, 1).train_epoch().step == 3
    assert ReferenceSlot(0, recipe_for(split, normalisation="batch"), split, 1).train_epoch().step == 2


def test_divergence_ends_the_epoch_and_keeps_the_best_weights():
    recipe = recipe_for(REGRESSION, optimizer="sgd", learning_rate=0.01, minibatch=150)
    slot = ReferenceSlot(0, recipe, REGRESSION, 1)
    first = slot.train_epoch()
    state, before = slot.state(), slot.outputs(REGRESSION.valid)
    wild = ReferenceSlot(0, recipe_for(REGRESSION, optimizer="sgd", learning_rate=1e12), REGRESSION, 1)
    wild.load(state)
    point = wild.train_epoch()
    assert point.diverged and point.valid_error == math.inf
    assert point.epoch == wild.epoch == 2
    assert point.step < first.step + 10
    assert np.array_equal(wild.outputs(REGRESSION.valid), before)


def test_the_update_ratio_is_that_of_the_last_step():
    slot = ReferenceSlot(0, recipe_for(CLASSIFICATION, optimizer="sgd", minibatch=150), CLASSIFICATION, 1)
    before = slot.weights(best=False)
    point = slot.train_epoch()  # one step, so the whole epoch's change
    after = slot.weights(best=False)
    change = math.sqrt(sum(((after[name] - before[name]) ** 2).sum() for name in before))
    size = math.sqrt(sum((before[name] ** 2).sum() for name in before))
    assert point.update_ratio == pytest.approx(change / size, rel=1e-4)
    assert point.update_ratio * size == pytest.approx(0.01 * point.gradient_norm, rel=1e-4)


def test_training_leaves_the_threads_settings_as_they_were():
    threads = torch.get_num_threads()
    slot = ReferenceSlot(0, recipe_for(CLASSIFICATION), CLASSIFICATION, 1)
    slot.train_epoch()
    assert torch.get_num_threads() == threads
    tiny = np.float32(1e-45)
    assert float(np.array([tiny]).sum()) > 0  # denormals are numbers again
