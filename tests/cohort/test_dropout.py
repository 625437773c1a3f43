from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from curvewise.cohort.dropout import HashDropout, dropout_mask

BITS = 0xFFFFFFFF


def scalar_hash(x: int) -> int:
    x ^= x >> 16
    x = x * 0x7FEB352D & BITS
    x ^= x >> 15
    x = x * 0x846CA68B & BITS
    return x ^ x >> 16


def scalar_mask(moment, layer, shape, share):
    """The definition, one Python integer at a time."""
    seed, step = moment
    key = scalar_hash((seed & BITS) ^ scalar_hash(step * 64 + layer & BITS))
    rows, units = shape
    hashes = [scalar_hash(key + e * 0x9E3779B9 & BITS) for e in range(rows * units)]
    return [[u >= int(share * 2**32) for u in hashes[row * units : (row + 1) * units]] for row in range(rows)]


@settings(max_examples=50, deadline=None)
@given(
    moment=st.tuples(st.integers(0, 2**63 - 1), st.integers(0, 2**31)),
    layer=st.integers(0, 31),
    shape=st.tuples(st.integers(1, 5), st.integers(1, 7)),
    share=st.floats(0.01, 0.95),
)
def test_the_mask_is_that_of_plain_integers(moment, layer, shape, share):
    assert dropout_mask(*moment, layer, shape, share).tolist() == scalar_mask(moment, layer, shape, share)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_it_keeps_one_minus_share_of_the_units(share):
    masks = np.stack([dropout_mask(11, step, 1, (64, 50), share) for step in range(40)])
    deviation = (share * (1 - share) / masks.size) ** 0.5
    assert abs(masks.mean() - (1 - share)) < 5 * deviation
    # and every unit alike, whichever row or step
    assert abs(masks.mean(axis=(0, 1)) - (1 - share)).max() < 5 * (share * (1 - share) / (40 * 64)) ** 0.5


def test_masks_of_other_steps_layers_and_seeds_are_unrelated():
    plain = dropout_mask(1, 0, 0, (100, 100), 0.5)
    for other in (dropout_mask(1, 1, 0, (100, 100), 0.5), dropout_mask(1, 0, 1, (100, 100), 0.5)):
        assert abs((plain == other).mean() - 0.5) < 0.03
    assert abs((plain == dropout_mask(2, 0, 0, (100, 100), 0.5)).mean() - 0.5) < 0.03


def test_the_module_scales_what_it_keeps_and_passes_gradients_there_alone():
    dropout = HashDropout(0.25, layer=3)
    dropout.moment = (9, 17)
    ones = torch.ones(6, 5, requires_grad=True)
    out = dropout(ones)
    kept = torch.from_numpy(dropout_mask(9, 17, 3, (6, 5), 0.25))
    assert torch.equal(out, kept / 0.75)
    out.sum().backward()
    assert torch.equal(ones.grad, kept / 0.75)


def test_the_module_is_inactive_in_evaluation_and_torchs_own_without_a_moment():
    dropout = HashDropout(0.5, layer=0)
    ones = torch.ones(400, 10)
    assert set(dropout(ones).unique().tolist()) == {0.0, 2.0}
    assert torch.equal(dropout.eval()(ones), ones)
