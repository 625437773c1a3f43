from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curvewise.cohort.input_noise import add_noise, input_noise, noise_unit
from tests.cohort.test_dropout import BITS, scalar_hash


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**63 - 1), step=st.integers(0, 2**31), deviation=st.floats(1e-3, 5))
def test_it_is_the_sum_of_a_hashs_bytes(seed, step, deviation):
    """The definition, one Python integer at a time."""
    key = scalar_hash((seed & BITS) ^ scalar_hash(step * 64 + 63 & BITS))
    hashes = [scalar_hash(key + e * 0x9E3779B9 & BITS) for e in range(9)]
    expected = [(sum(h.to_bytes(4, "little")) - 510) * float(noise_unit(deviation)) for h in hashes]
    assert input_noise(seed, step, 9, deviation).tolist() == expected


def test_it_is_about_normal():
    noise = np.concatenate([input_noise(3, step, 5000, 0.5) for step in range(20)]).astype(float)
    assert noise.mean() == pytest.approx(0, abs=5 * 0.5 / len(noise) ** 0.5)
    assert noise.std() == pytest.approx(0.5, rel=0.01)
    kurtosis = ((noise / noise.std()) ** 4).mean()
    assert kurtosis == pytest.approx(2.7, abs=0.05)
    assert abs(np.corrcoef(noise[:-1], noise[1:])[0, 1]) < 0.015


def test_its_product_is_exact():
    """So that adding it in one rounding or two comes to the same."""
    unit = noise_unit(0.123)
    for whole in (1, 255, 510):
        assert float(np.float32(whole) * unit) == whole * float(unit)


def test_sequences_are_numbered_time_first():
    """What a row gets does not depend on how far the minibatch is padded."""
    short, long = np.zeros((4, 3, 2), dtype=np.float32), np.zeros((4, 5, 2), dtype=np.float32)
    assert np.array_equal(add_noise(long, 1, 2, 0.3)[:, :3], add_noise(short, 1, 2, 0.3))
