"""Scaling and pieces of one column of numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from curvewise.data.scale import fit_scale

columns = arrays(np.float64, st.integers(1, 60), elements=st.floats(allow_infinity=False))


@given(columns, st.integers(0, 16))
def test_any_column_is_encoded_finite_bounded_and_in_order(values: np.ndarray, pieces: int) -> None:
    scale = fit_scale(values, pieces)
    plain = scale.plain(values)
    assert np.isfinite(plain).all()
    assert (np.abs(plain) <= 3.0).all()
    assert (plain[np.isnan(values)] == 0.0).all(), "missing values are the median"
    order = np.argsort(values[~np.isnan(values)])
    assert (np.diff(plain[~np.isnan(values)][order]) >= 0).all()
    encoded = scale.encoded(values, "piecewise")
    assert np.isfinite(encoded).all()
    assert encoded.shape == (len(values), max(1, len(scale.edges) - 1))
    if scale.edges:
        assert 2 <= len(scale.edges) - 1 <= pieces
        assert (np.abs(encoded) <= 1.0).all()
        steps = np.diff(encoded[~np.isnan(values)][order].sum(axis=1))
        assert (steps >= -1e-9).all(), "the sum of the pieces rises with the value"


def test_realmlp_formula_by_hand() -> None:
    values = np.array([0.0, 1.0, 2.0, 3.0, 4.0])  # median 2, interquartile range 2
    z = (values - 2.0) / 2.0
    np.testing.assert_allclose(fit_scale(values, 0).plain(values), z / np.sqrt(1 + (z / 3) ** 2))


def test_an_outlier_hardly_moves_the_others() -> None:
    values = np.random.default_rng(0).normal(size=1000)
    wild = np.append(values, 1e9)
    calm = fit_scale(values, 0).plain(values)
    np.testing.assert_allclose(fit_scale(wild, 0).plain(values), calm, atol=0.02)


def test_mostly_equal_values_are_scaled_by_the_others() -> None:
    values = np.zeros(100)
    values[:10] = [1, 2, 2, 2, 2, 2, 2, 3, 1, 1e6]
    assert fit_scale(values, 0).spread == 2.0


def test_pieces_by_hand() -> None:
    scale = fit_scale(np.array([0.0, 10.0, 20.0, 30.0]), 16)
    assert len(scale.edges) == 4, "few distinct values have an edge each"
    np.testing.assert_allclose(
        scale.encoded(np.array([0.0, 10.0, 30.0, 99.0]), "piecewise"),
        [[-1, -1, -1], [1, -1, -1], [1, 1, 1], [1, 1, 1]],
    )


@pytest.mark.parametrize("values", [[1.0, 1.0], [0.0, 1.0, 1.0], [np.nan, np.nan]])
def test_two_distinct_values_are_not_cut(values: list[float]) -> None:
    assert fit_scale(np.array(values), 16).edges == ()
