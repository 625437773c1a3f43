"""The decay that waits for a plateau, against torch's scheduler and from way to way."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim.lr_scheduler import ReduceLROnPlateau

from curvewise.cohort.kernels import unavailable
from curvewise.cohort.native import NativeSlot
from curvewise.cohort.plateau import Plateau
from curvewise.cohort.reference import ReferenceSlot
from tests.cohort.problems import CLASSIFICATION, recipe_for, timeless

SLOTS = [
    ReferenceSlot,
    pytest.param(NativeSlot, marks=pytest.mark.skipif(unavailable() is not None, reason=str(unavailable()))),
]
LOSSES = st.lists(st.sampled_from([0.5, 1.0, 1.00005, 1.0002, 2.0, math.inf]), max_size=40)


@settings(deadline=None, max_examples=60)
@given(losses=LOSSES, patience=st.integers(0, 4), peak=st.sampled_from([1e-7, 0.003, 1.0]))
def test_it_is_torchs_rule(losses, patience, peak):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=peak)
    torchs, ours = ReduceLROnPlateau(optimizer, patience=patience), Plateau()
    for loss in losses:
        torchs.step(loss)
        ours = ours.after(loss, patience, peak)
        assert peak * ours.share == pytest.approx(optimizer.param_groups[0]["lr"])


@pytest.mark.parametrize("slot_of", SLOTS)
def test_the_rate_of_a_slot_falls_where_its_own_loss_stays(slot_of):
    # A rate of nearly zero, so that no epoch is better than the first
    recipe = recipe_for(CLASSIFICATION, decay="plateau", patience=1, learning_rate=1e-6, optimizer="sgd")
    slot = slot_of(0, recipe, CLASSIFICATION, 1)
    rates = [slot.train_epoch().learning_rate for _ in range(6)]
    assert rates == pytest.approx([1e-6, 1e-6, 1e-6, 1e-7, 1e-7, 1e-8], rel=1e-5)
    learning = slot_of(0, recipe_for(CLASSIFICATION, decay="plateau", patience=1), CLASSIFICATION, 1)
    assert [learning.train_epoch().learning_rate for _ in range(3)] == pytest.approx([0.01] * 3)


@pytest.mark.parametrize("slot_of", SLOTS)
def test_a_loaded_slot_waits_on_where_the_other_was(slot_of):
    recipe = recipe_for(CLASSIFICATION, decay="plateau", patience=2, learning_rate=1e-6, optimizer="sgd")
    slot, heir = (slot_of(0, recipe, CLASSIFICATION, 1) for _ in range(2))
    for _ in range(3):
        slot.train_epoch()
    heir.load(slot.state())
    ours, theirs = ([s.train_epoch() for _ in range(3)] for s in (slot, heir))
    assert timeless(ours) == timeless(theirs)
    assert ours[-1].learning_rate < ours[0].learning_rate
    assert np.array_equal(heir.state()["plateau"], slot.state()["plateau"])
