"""What a point tells of an epoch's last steps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.cohort.kernels import unavailable
from curvewise.cohort.measuring import INTERVAL, gradient_noise, is_measured, layer_groups
from curvewise.cohort.native import NativeSlot
from curvewise.cohort.reference import ReferenceSlot
from tests.cohort.problems import CATEGORIES, CLASSIFICATION, recipe_for

SLOTS = [
    ReferenceSlot,
    pytest.param(NativeSlot, marks=pytest.mark.skipif(unavailable() is not None, reason=str(unavailable()))),
]


@given(steps=st.integers(1, 3 * INTERVAL))
def test_the_first_epoch_is_measured_and_then_one_in_every_interval(steps):
    measured = [epoch for epoch in range(200) if is_measured(epoch * steps, steps)]
    assert measured[0] == 0
    apart = np.diff(measured) * steps
    assert (apart < INTERVAL + steps).all() and (apart > INTERVAL - steps).all()


def test_gradient_noise_finds_what_was_put_in():
    """Gradients of minibatches whose rows have a known mean and variance."""
    draw, parameters, rows = np.random.default_rng(2), 4000, [16, 16, 16, 16, 16, 16, 16, 5]
    true = draw.normal(size=parameters) * 0.03
    found = []
    for _ in range(40):
        gradients = [true + draw.normal(size=parameters) * 0.5 / np.sqrt(count) for count in rows]
        squares = [float(g @ g) for g in gradients]
        mean = np.mean(gradients, axis=0)
        share = float(np.mean([1 / count for count in rows]))
        found.append(gradient_noise(float(np.mean(squares)), float(mean @ mean), share, len(rows)))
    assert np.mean([each.power for each in found]) == pytest.approx(float(true @ true), rel=0.05)
    assert np.mean([each.variance for each in found]) == pytest.approx(parameters * 0.25, rel=0.01)


def test_one_gradient_tells_nothing_of_its_noise():
    assert gradient_noise(1.0, 1.0, 0.1, 1) is None


@pytest.mark.parametrize("slot_of", SLOTS)
def test_the_same_minibatch_again_and_again_has_no_noise(slot_of):
    """With all rows in a minibatch the gradient is the true one; and one step tells nothing."""
    recipe = recipe_for(CLASSIFICATION, minibatch=150, learning_rate=1e-5)
    assert slot_of(0, recipe, CLASSIFICATION, 1).train_epoch().gradient_power is None
    small = recipe_for(CLASSIFICATION, minibatch=5, learning_rate=1e-6, optimizer="sgd")
    point = slot_of(0, small, CLASSIFICATION, 1).train_epoch()
    assert point.gradient_variance > 0
    assert point.gradient_power < point.gradient_norm**2
    assert point.noise_scale is None or point.noise_scale > 0


@pytest.mark.parametrize("slot_of", SLOTS)
def test_groups_are_the_layers_in_order(slot_of):
    recipe = recipe_for(CATEGORIES, units=(5, 6, 7), optimizer="sgd", minibatch=150)
    slot = slot_of(0, recipe, CATEGORIES, 1)
    before = slot.weights(best=False)
    point = slot.train_epoch()
    after = slot.weights(best=False)
    names = layer_groups(before)
    assert names == ("embeddings", "hidden.0", "hidden.1", "hidden.2", "output")
    assert len(point.update_ratios) == 5
    for name, ratio in zip(names, point.update_ratios, strict=True):
        inside = [n for n in before if n.startswith(name)]
        change = sum(((after[n] - before[n]).astype(float) ** 2).sum() for n in inside)
        size = sum((before[n].astype(float) ** 2).sum() for n in inside)
        assert ratio == pytest.approx((change / size) ** 0.5, rel=1e-3)
