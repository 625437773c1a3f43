"""What a hyperparameter may be set to, and the axis from 0 to 1 on which a search sees it.

``from_unit`` spreads the values evenly over the axis, ``sample_prior`` puts more of it where good
values are expected; both take one coordinate in [0, 1), so that Sobol points can be pushed through
either. Values come out short enough to read and to type (four significant digits), and
``from_unit(to_unit(value)) == value`` exactly for every value that came out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from curvewise.errors import SpaceError
from curvewise.records import Value
from curvewise.space.prior import Prior, unit

DIGITS = 4
"""Significant digits of a real value: 0.01 % is far below what changes a training's result."""


def is_number(value: object) -> bool:
    """True for a finite int or float; a bool is a word here, not a number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def same(a: object, b: object) -> bool:
    """True where two values mean the same: 1 and 1.0 do, 1 and true do not."""
    return a == b and isinstance(a, bool) == isinstance(b, bool)


def _check_range(low: float, high: float) -> None:
    if not (is_number(low) and is_number(high)):
        raise SpaceError(f"a range goes from one finite number to another, not from {low!r} to {high!r}")
    if not low < high:
        raise SpaceError(f"a range goes from low to high, not from {low} to {high}")


@dataclass(frozen=True)
class Real:
    """A number between ``low`` and ``high``, both included."""

    low: float
    high: float
    log: bool = False
    """Equal factors are equal steps."""
    complement: bool = False
    """1 - x is on a logarithmic axis, as fits a momentum: 0.9 to 0.99 is as far as 0.99 to 0.999."""
    prior: Prior | None = None

    def __post_init__(self) -> None:
        _check_range(self.low, self.high)
        if self.log and self.complement:
            raise SpaceError("a range is logarithmic in x or in 1 - x, not in both")
        if self.log and self.low <= 0:
            raise SpaceError(f"a logarithmic range starts above 0, not at {self.low}")
        if self.complement and self.high >= 1:
            raise SpaceError(f"a range that is logarithmic in 1 - x ends below 1, not at {self.high}")

    def _scale(self, value: float) -> float:
        if self.log:
            return math.log(value)
        return -math.log1p(-value) if self.complement else value

    def peaked(self, value: Value, spread: float) -> Real:
        """The same range with a prior around ``value``, which must be contained; ``spread`` as in Prior."""
        return replace(self, prior=Prior(self.to_unit(value), spread))

    @property
    def width(self) -> float:
        """Length of the scaled axis, of which a prior's spread is a share."""
        return self._scale(self.high) - self._scale(self.low)

    def from_unit(self, u: float) -> float:
        """The value at ``u`` in [0, 1)."""
        low, high = self._scale(self.low), self._scale(self.high)
        place = low + unit(u) * (high - low)
        if self.log:
            value, size = math.exp(place), math.exp(place)
        elif self.complement:
            value, size = -math.expm1(-place), math.exp(-place)
        else:
            value, size = place, high - low
        decimals = DIGITS - 1 - math.floor(math.log10(size))
        return min(max(round(value, decimals), float(self.low)), float(self.high))

    def to_unit(self, value: Value) -> float:
        """The place of ``value``, which must be contained, on the axis."""
        low, high = self._scale(self.low), self._scale(self.high)
        return unit((self._scale(float(value)) - low) / (high - low))

    def sample_prior(self, u: float) -> float:
        """The prior's quantile at ``u``; the same as ``from_unit`` without a prior."""
        return self.from_unit(self.prior.quantile(u) if self.prior else u)

    def contains(self, value: object) -> bool:
        """True for a number in the range."""
        return isinstance(value, int | float) and is_number(value) and self.low <= value <= self.high

    def describe(self) -> dict[str, Value | list[Value]]:
        """As plain data, from which ``description.domain_of`` makes it again."""
        ends: dict[str, Value | list[Value]] = {"kind": "real", "low": self.low, "high": self.high}
        return ends | {"log": self.log, "complement": self.complement} | _prior_data(self.prior)


@dataclass(frozen=True)
class Integer:
    """A whole number between ``low`` and ``high``, both included."""

    low: int
    high: int
    log: bool = False
    """Equal factors are equal steps."""
    prior: Prior | None = None

    def __post_init__(self) -> None:
        _check_range(self.low, self.high)
        if not all(float(end).is_integer() for end in (self.low, self.high)):
            raise SpaceError(f"a range of whole numbers has whole ends, not {self.low} and {self.high}")
        if self.log and self.low < 1:
            raise SpaceError(f"a logarithmic range of whole numbers starts at 1 or above, not at {self.low}")

    def _scale(self, value: float) -> float:
        return math.log(value) if self.log else value

    def peaked(self, value: Value, spread: float) -> Integer:
        """The same range with a prior around ``value``, which must be contained; ``spread`` as in Prior."""
        return replace(self, prior=Prior(self.to_unit(value), spread))

    @property
    def width(self) -> float:
        """Length of the scaled axis, of which a prior's spread is a share."""
        return self._scale(self.high + 0.5) - self._scale(self.low - 0.5)

    def from_unit(self, u: float) -> int:
        """The value at ``u`` in [0, 1); every whole number owns the axis half-way to its neighbours."""
        low, high = self._scale(self.low - 0.5), self._scale(self.high + 0.5)
        place = low + unit(u) * (high - low)
        value = math.floor((math.exp(place) if self.log else place) + 0.5)
        return min(max(value, int(self.low)), int(self.high))

    def to_unit(self, value: Value) -> float:
        """The place of ``value``, which must be contained, on the axis."""
        low, high = self._scale(self.low - 0.5), self._scale(self.high + 0.5)
        return unit((self._scale(float(value)) - low) / (high - low))

    def sample_prior(self, u: float) -> int:
        """The prior's quantile at ``u``; the same as ``from_unit`` without a prior."""
        return self.from_unit(self.prior.quantile(u) if self.prior else u)

    def contains(self, value: object) -> bool:
        """True for a whole number in the range, 3.0 too."""
        whole = isinstance(value, int | float) and is_number(value) and float(value).is_integer()
        return whole and self.low <= value <= self.high  # type: ignore[operator]

    def describe(self) -> dict[str, Value | list[Value]]:
        """As plain data, from which ``description.domain_of`` makes it again."""
        prior = _prior_data(self.prior)
        return {"kind": "integer", "low": self.low, "high": self.high, "log": self.log, **prior}


@dataclass(frozen=True)
class Choice:
    """One of some values; numbers are given in rising order, so that neighbours are alike."""

    values: Sequence[Value]
    weights: Sequence[float] | None = None
    """How likely each value is to be good, in any unit; None: all the same."""

    def __post_init__(self) -> None:
        if not self.values:
            raise SpaceError("a choice has at least one value")
        if any(same(a, b) for i, a in enumerate(self.values) for b in self.values[:i]):
            raise SpaceError(f"the values of a choice differ from each other, unlike {list(self.values)}")
        if self.weights is not None:
            self._check_weights(self.weights)
        object.__setattr__(self, "values", tuple(self.values))
        object.__setattr__(self, "weights", None if self.weights is None else tuple(self.weights))

    def _check_weights(self, weights: Sequence[float]) -> None:
        if len(weights) != len(self.values):
            raise SpaceError(f"{len(self.values)} values have {len(self.values)} weights, not {len(weights)}")
        if not all(is_number(weight) and weight >= 0 for weight in weights) or sum(weights) <= 0:
            raise SpaceError(f"weights are numbers from 0 up, at least one above 0, not {list(weights)}")

    def from_unit(self, u: float) -> Value:
        """The value at ``u`` in [0, 1); each owns an equal part of the axis."""
        return self.values[int(unit(u) * len(self.values))]

    def to_unit(self, value: Value) -> float:
        """The middle of the part of the axis that ``value``, which must be contained, owns."""
        place = next(i for i, known in enumerate(self.values) if same(known, value))
        return (place + 0.5) / len(self.values)

    def sample_prior(self, u: float) -> Value:
        """The value at ``u`` where each owns a part of the axis as large as its weight."""
        if self.weights is None:
            return self.from_unit(u)
        left = unit(u) * math.fsum(self.weights)
        for value, weight in zip(self.values, self.weights, strict=True):
            if left < weight:
                return value
            left -= weight
        return next(v for v, w in zip(reversed(self.values), reversed(self.weights), strict=True) if w > 0)

    def contains(self, value: object) -> bool:
        """True for one of the values."""
        return any(same(known, value) for known in self.values)

    def describe(self) -> dict[str, Value | list[Value]]:
        """As plain data, from which ``description.domain_of`` makes it again."""
        weights: dict[str, Value | list[Value]] = {"weights": list(self.weights)} if self.weights else {}
        return {"kind": "choice", "values": list(self.values), **weights}


@dataclass(frozen=True)
class Fixed:
    """One value and no other; takes no coordinate of the search's unit vector."""

    value: Value

    def from_unit(self, u: float) -> Value:
        """The value."""
        return self.value

    def to_unit(self, value: Value) -> float:
        """The middle of the axis."""
        return 0.5

    def sample_prior(self, u: float) -> Value:
        """The value."""
        return self.value

    def contains(self, value: object) -> bool:
        """True for the value."""
        return same(self.value, value)

    def describe(self) -> dict[str, Value | list[Value]]:
        """As plain data, from which ``description.domain_of`` makes it again."""
        return {"kind": "fixed", "value": self.value}


Domain = Real | Integer | Choice | Fixed


def _prior_data(prior: Prior | None) -> dict[str, Value | list[Value]]:
    return {} if prior is None else {"centre": prior.centre, "spread": prior.spread}
