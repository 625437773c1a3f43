"""Train, validation and test rows."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from curvewise.data.splits import MOST_HELD_OUT, split_rows


@given(
    st.lists(st.integers(1, 60), min_size=2, max_size=8).filter(lambda sizes: sum(sizes) >= 3 * len(sizes)),
    st.integers(0, 2**32),
)
@example([1, 8, 8, 33], 0)
def test_stratified_parts(sizes: list[int], seed: int) -> None:
    codes = np.random.default_rng(0).permutation(np.repeat(np.arange(len(sizes)), sizes))
    parts = split_rows(codes, len(codes), seed)
    together = np.concatenate(list(parts.values()))
    assert sorted(together) == list(range(len(codes))), "every row is in exactly one part"
    for code, size in enumerate(sizes):
        counts = {name: int((codes[rows] == code).sum()) for name, rows in parts.items()}
        assert counts["train"] >= 1
        assert counts["valid"] == counts["test"]
        # The part's own size is rounded first: 8 of 50 rows, not 7.5
        assert abs(counts["test"] - size * max(1, round(0.15 * len(codes))) / len(codes)) < 1.0 + 1e-9
        assert (counts["test"] >= 1) == (size >= 3)
    again = split_rows(codes, len(codes), seed)
    assert all(np.array_equal(parts[name], again[name]) for name in parts)


@given(st.integers(10, 500), st.integers(0, 100))
def test_parts_without_classes(rows: int, seed: int) -> None:
    parts = split_rows(None, rows, seed)
    assert sorted(np.concatenate(list(parts.values()))) == list(range(rows))
    assert len(parts["valid"]) == len(parts["test"]) == max(1, round(0.15 * rows))


def test_other_seeds_give_other_parts() -> None:
    assert not np.array_equal(split_rows(None, 100, 0)["test"], split_rows(None, 100, 1)["test"])


def test_large_tables_hold_out_no_more_than_is_needed() -> None:
    codes = np.arange(200_000) % 7
    parts = split_rows(codes, 200_000, 0)
    assert len(parts["valid"]) == len(parts["test"]) == MOST_HELD_OUT
    assert len(parts["train"]) == 180_000
