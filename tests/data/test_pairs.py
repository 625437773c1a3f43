from __future__ import annotations

import numpy as np

from tests.cohort.translation_problems import CODES, reversals


def test_pairs_are_padded_and_given_their_end():
    data = reversals(10, 4, 0)
    assert data.sources.shape[1] + 1 == data.targets.shape[1]
    for row in range(data.rows):
        end = data.target_lengths[row]
        assert data.targets[row, end - 1] == 0 and (data.targets[row, : end - 1] > 0).all()
        assert data.previous[row, 0] == 0
        assert np.array_equal(data.previous[row, 1:end], data.targets[row, : end - 1])
        assert np.array_equal(data.sources[row, : end - 1][::-1], data.targets[row, : end - 1])
    assert data.targets.max() < CODES
    few = data.first(3)
    assert few.rows == 3 and all(
        np.array_equal(a, b[:3]) for a, b in zip(few.inputs, data.inputs, strict=True)
    )
