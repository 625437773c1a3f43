"""What a verdict may not depend on, over a family of curves: falls, noise and faults."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from curvewise.curves.run import Quantity, Run, Series
from curvewise.diagnosis.diagnose import diagnose
from tests.diagnosis.curves import Values, falling, noisy, run, turning

SHAPES = ("exponential", "power law", "two phases")


def fall(shape: str, points: int, speed: float, floor: float) -> Values:
    """From 1 towards ``floor``."""
    t = np.linspace(0, 1, points)
    match shape:
        case "exponential":
            decay = np.exp(-speed * t)
        case "power law":
            decay = (1 + 20 * t) ** (-speed / 4)
        case _:
            decay = 0.6 * np.exp(-4 * speed * t) + 0.4 * np.exp(-speed * t)
    return floor + (1 - floor) * decay


falls = st.builds(
    fall,
    st.sampled_from(SHAPES),
    st.integers(24, 400),
    st.floats(3, 12),
    st.floats(0, 0.5),
)


@settings(max_examples=120, deadline=None)
@given(falls, st.floats(0, 0.08), st.integers(0, 2**32 - 1), st.floats(0, 0.4))
def test_what_falls_and_keeps_it_is_no_problem(curve: Values, noise: float, seed: int, gap: float) -> None:
    valid = noisy(curve + gap * (1 - curve), noise, seed + 1)
    found = diagnose(run(train=noisy(curve, noise, seed), valid=valid))
    assert found.verdict != "problem", [finding.reason for finding in found.findings]


FAULTS: Mapping[str, Mapping[str, Values]] = {
    "diverging": {"train": np.concatenate([falling(30), 0.3 * 1.25 ** np.arange(20)])},
    "overfitting": {"train": falling(60, floor=0.0), "valid": turning(60)},
    "learned by heart": {"train": falling(60, floor=0.0), "valid": np.linspace(2.3, 5.0, 60)},
    "oscillating on a plateau": {"train": noisy(np.r_[falling(30, 2.3, 1.5), np.full(60, 1.5)], 0.25, 3)},
    "too slow": {"train": np.linspace(2.3, 1.9, 60), "valid": np.linspace(2.3, 1.92, 60)},
    "not learning": {"train": 2.3 + 0.01 * np.exp(-np.arange(60.0))},
    "healthy": {"train": falling(60), "valid": falling(60, floor=0.6)},
}
"""A curve for each, nearly without noise."""


@pytest.mark.parametrize("sign", FAULTS)
@pytest.mark.parametrize("noise", [0.0, 0.004])
def test_each_fault_has_its_sign(sign: str, noise: float) -> None:
    found = diagnose(run(**{name: noisy(v, noise, 7) for name, v in FAULTS[sign].items()}))
    assert found.findings[0].sign == sign
    assert found.verdict == ("healthy" if sign == "healthy" else "problem")


@pytest.mark.parametrize(
    ("rate", "sign"), [(0.1, "healthy"), (0.004, "too slow"), (1.8, "healthy"), (2.1, "diverging")]
)
def test_the_four_pictures_of_the_article(rate: float, sign: str) -> None:
    """Gradient descent on w^2 / 2: good, too slow, zig-zag but falling, diverging above a rate of 2."""
    loss = 0.5 * (1 - rate) ** (2 * np.arange(30.0))
    assert diagnose(run(train=loss)).findings[0].sign == sign


def changed(sign: str, scale: float, stretch: float, shift: float, keep: int) -> Run:
    """The same run in other units, logged more seldom."""
    original = run(**{name: noisy(v, 0.002, 5) for name, v in FAULTS[sign].items()})
    series: dict[Quantity, Series] = {
        name: Series(stretch * each.at[::keep] + shift, scale * each.values[::keep])
        for name, each in original.series.items()
    }
    return Run("run", "-", "epoch", series)


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(sorted(FAULTS)),
    st.floats(1e-6, 1e6),
    st.floats(1e-3, 1e6),
    st.floats(0, 1e4),
)
@example("overfitting", 1e-6, 1e6, 0.0)
def test_a_verdict_knows_no_units(sign: str, scale: float, stretch: float, shift: float) -> None:
    assume(stretch > 1e-9 * shift)
    plain, other = diagnose(changed(sign, 1, 1, 0, 1)), diagnose(changed(sign, scale, stretch, shift, 1))
    assert (other.verdict, other.findings[0].sign) == (plain.verdict, plain.findings[0].sign)


@pytest.mark.parametrize("sign", FAULTS)
def test_a_third_of_the_points_tells_the_same(sign: str) -> None:
    found = diagnose(changed(sign, 1, 1, 0, 3))
    assert found.findings[0].sign == sign


@pytest.mark.parametrize("sign", ["healthy", "overfitting", "not learning"])
def test_where_points_lie_does_not_matter(sign: str) -> None:
    places = np.sort(np.random.default_rng(0).choice(60, 40, replace=False))
    whole = run(**{name: noisy(v, 0.002, 5) for name, v in FAULTS[sign].items()})
    series: dict[Quantity, Series] = {
        name: Series(each.at[places], each.values[places]) for name, each in whole.series.items()
    }
    assert diagnose(Run("run", "-", "epoch", series)).findings[0].sign == sign


@settings(max_examples=60, deadline=None)
@given(falls, st.integers(0, 2**32 - 1))
def test_more_noise_never_makes_a_run_diverge(curve: Values, seed: int) -> None:
    for noise in (0.02, 0.2, 2.0):
        found = diagnose(run(train=noisy(curve, noise, seed)))
        assert "diverging" not in [finding.sign for finding in found.findings]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-1e3, 1e6), min_size=0, max_size=5))
def test_five_points_tell_nothing_that_is_not_certain(values: list[float]) -> None:
    curve = np.array(values)
    assert diagnose(run(train=curve, valid=curve[::-1])).verdict == "cannot tell"


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=True, width=32), max_size=60), st.booleans())
def test_any_numbers_have_a_verdict(values: list[float], both: bool) -> None:
    curve = np.array(values, dtype=float)
    found = diagnose(run(train=curve, **({"valid": curve[::-1]} if both else {})))
    assert found.verdict in ("problem", "healthy", "cannot tell")
    assert (found.verdict == "cannot tell") == bool(found.missing)
    for finding in found.findings:
        assert all(np.isfinite(value) for value in finding.evidence.values())


def test_spikes_are_advice_and_no_fault() -> None:
    loss = noisy(falling(300), 0.004)
    loss[[100, 150, 220]] += 4
    found = diagnose(run(train=loss))
    assert (found.verdict, [each.sign for each in found.findings[:2]]) == ("healthy", ["healthy", "spikes"])


def test_negative_losses_are_read_alike() -> None:
    below = {name: values - 10 for name, values in FAULTS["overfitting"].items()}
    assert diagnose(run(**below)).findings[0].sign == "overfitting"
    assert diagnose(run(train=falling(60) - 10)).verdict == "healthy"
