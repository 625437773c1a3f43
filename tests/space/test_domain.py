import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import truncnorm

from curvewise.errors import SpaceError
from curvewise.space.description import domain_of
from curvewise.space.domain import Choice, Domain, Fixed, Integer, Real
from curvewise.space.prior import Prior
from tests.space.spaces import DOMAINS, UNIT, integers, reals


@given(DOMAINS, UNIT)
def test_a_value_survives_the_trip_over_its_axis(domain: Domain, u: float) -> None:
    for value in (domain.from_unit(u), domain.sample_prior(u)):
        assert domain.contains(value)
        assert domain.from_unit(domain.to_unit(value)) == value
        assert 0 <= domain.to_unit(value) < 1


@given(reals(), UNIT)
def test_a_place_survives_but_for_the_digits(domain: Real, u: float) -> None:
    value = float(domain.from_unit(u))
    exact = domain.low + u * (domain.high - domain.low)
    if domain.log:
        exact = domain.low * (domain.high / domain.low) ** u
    elif domain.complement:
        exact = 1 - (1 - domain.low) * ((1 - domain.high) / (1 - domain.low)) ** u
    size = exact if domain.log else 1 - exact if domain.complement else domain.high - domain.low
    assert value == pytest.approx(exact, abs=1e-3 * size)


@given(st.one_of(reals(), integers()), UNIT, UNIT)
def test_a_range_rises_along_its_axis(domain: Real | Integer, a: float, b: float) -> None:
    first, second = sorted((a, b))
    assert domain.from_unit(first) <= domain.from_unit(second)
    assert domain.sample_prior(first) <= domain.sample_prior(second)


def test_the_axis_reaches_both_ends() -> None:
    for domain in (Real(0.1, 0.7), Real(1e-5, 1, log=True), Real(0.5, 0.99, complement=True), Integer(0, 4)):
        assert domain.from_unit(0.0) == domain.low
        assert domain.from_unit(1.0) == domain.high


def test_every_whole_number_owns_an_equal_part_of_a_linear_axis() -> None:
    places = np.linspace(0, 1, 5000, endpoint=False)
    assert Counter(Integer(0, 4).from_unit(u) for u in places) == dict.fromkeys(range(5), 1000)


@given(integers(), st.data())
def test_a_whole_number_comes_back_from_its_own_place(domain: Integer, data: st.DataObject) -> None:
    value = data.draw(st.integers(domain.low, domain.high))
    assert domain.from_unit(domain.to_unit(value)) == value


def test_a_logarithmic_middle_is_the_geometric_mean() -> None:
    assert Real(1e-4, 1e-2, log=True).from_unit(0.5) == pytest.approx(1e-3)
    assert Real(0.9, 0.999, complement=True).from_unit(0.5) == pytest.approx(0.99)


def test_values_are_short() -> None:
    for u in np.random.default_rng(0).random(500):
        value = Real(1e-5, 1.0, log=True).from_unit(u)
        assert len(f"{value:.15g}".replace("0.", "").lstrip("0").split("e")[0].replace(".", "")) <= 4


@given(st.floats(1e-6, 1 - 1e-6), st.floats(0.0, 1.0), st.floats(0.02, 2.0))
def test_a_prior_is_a_truncated_normal_on_the_axis(u: float, centre: float, spread: float) -> None:
    expected = truncnorm.ppf(u, -centre / spread, (1 - centre) / spread, loc=centre, scale=spread)
    assert Prior(centre, spread).quantile(u) == pytest.approx(expected, abs=1e-5)


def test_a_choice_is_drawn_by_its_weights() -> None:
    domain = Choice(["adamw", "sgd", "never"], [3, 1, 0])
    drawn = Counter(domain.sample_prior(u) for u in np.linspace(0, 1, 400, endpoint=False))
    assert drawn == {"adamw": 300, "sgd": 100}
    assert domain.sample_prior(1.0) == "sgd"
    even = Counter(domain.from_unit(u) for u in np.linspace(0, 1, 300, endpoint=False))
    assert even == {"adamw": 100, "sgd": 100, "never": 100}


def test_true_is_not_one_and_one_is_one_point_zero() -> None:
    assert Choice([1, 2]).contains(1.0)
    assert not Choice([1, 2]).contains(True)
    assert not Real(0, 1).contains(True)
    assert not Integer(0, 4).contains(2.5)
    assert not Real(0, 1).contains(math.nan)
    assert not Real(0, 1).contains("a")
    assert not Fixed(1).contains(True)


@given(DOMAINS | st.builds(Fixed, st.sampled_from([1, "relu", 0.5])))
def test_a_domain_comes_back_from_its_description(domain: Domain) -> None:
    assert domain_of(domain.describe()) == domain


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Real(1, 1), "from low to high, not from 1 to 1"),
        (lambda: Real(0, math.inf), "finite"),
        (lambda: Real(0, 1, log=True), "starts above 0"),
        (lambda: Real(0, 1, complement=True), "ends below 1"),
        (lambda: Real(0.1, 0.5, log=True, complement=True), "not in both"),
        (lambda: Integer(0, 8, log=True), "starts at 1"),
        (lambda: Integer(0.5, 8), "whole ends"),  # type: ignore[arg-type]
        (lambda: Choice([]), "at least one value"),
        (lambda: Choice(["a", "a"]), "differ"),
        (lambda: Choice(["a", "b"], [1]), "2 values have 2 weights"),
        (lambda: Choice(["a", "b"], [0, 0]), "at least one above 0"),
        (lambda: Choice(["a", "b"], [-1, 2]), "from 0 up"),
        (lambda: Prior(1.5, 0.1), "centre"),
        (lambda: Prior(0.5, 0.0), "spread"),
    ],
)
def test_nonsense_is_refused(make: object, words: str) -> None:
    with pytest.raises(SpaceError, match=words):
        make()  # type: ignore[operator]
