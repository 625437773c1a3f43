from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curvewise.data.order import minibatch_order


@given(seed=st.integers(0, 2**63 - 1), epoch=st.integers(1, 10_000), rows=st.integers(1, 300))
def test_it_is_the_permutation_of_a_generator_keyed_by_seed_and_epoch(seed, epoch, rows):
    generator = np.random.Generator(np.random.Philox(key=[seed, epoch]))
    order = minibatch_order(seed, epoch, rows)
    assert order.dtype == np.int32
    assert np.array_equal(order, generator.permutation(rows))


def test_threads_do_not_disturb_each_other():
    keys = [(seed, epoch) for seed in range(8) for epoch in range(1, 40)]
    alone = [minibatch_order(*key, 500) for key in keys]
    with ThreadPoolExecutor(4) as pool:
        beside = list(pool.map(lambda key: minibatch_order(*key, 500), keys))
    assert all(np.array_equal(a, b) for a, b in zip(alone, beside, strict=True))
