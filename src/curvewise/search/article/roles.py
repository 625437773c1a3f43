"""Which hyperparameter of a space plays which part in the article, and where the article starts it."""

from __future__ import annotations

import math
from typing import Literal

from curvewise.records import Configuration, Value
from curvewise.space.domain import Choice, Domain, Fixed, Integer
from curvewise.space.space import Space

Role = Literal[
    "learning rate", "decay", "optimizer", "minibatch", "units", "layers", "dropout", "weight decay"
]

NAMES: dict[Role, tuple[str, ...]] = {
    "learning rate": ("learning_rate", "lr"),
    "decay": ("decay",),
    "optimizer": ("optimizer",),
    "minibatch": ("minibatch", "batch_size"),
    "units": ("units", "filters", "max_units"),
    "layers": ("layers", "convolutions", "num_layers"),
    "dropout": ("dropout", "max_dropout"),
    "weight decay": ("weight_decay", "l2"),
}
"""By role, the names that it has in spaces and recorded tables; the first one found plays it."""

STARTS: dict[str, Value] = {
    "learning_rate": 0.01,
    "lr": 0.01,
    "decay": "constant",
    "optimizer": "sgd",
    "minibatch": 32,
    "batch_size": 32,
    "dropout": 0.0,
    "max_dropout": 0.0,
    "weight_decay": 0.0,
    "l2": 0.0,
}
"""Where each starts: 0.01 and 32 are the article's. Gradient descent at one rate and
nothing against overfitting are what it speaks of before it speaks of more. Units and layers start at their
space's default, since the article wants them "large enough" (and three layers, the output's included)."""


class Roles:
    """The roles that a space has a hyperparameter for."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self._names = {
            role: next(name for name in names if name in space)
            for role, names in NAMES.items()
            if any(name in space for name in names)
        }

    def name(self, role: Role) -> str | None:
        """What the role is called here; None where nothing plays it."""
        return self._names.get(role)

    def free(self, role: Role) -> bool:
        """True where the search may move it."""
        name = self.name(role)
        return name is not None and not self.space[name].fixed

    def start(self) -> Configuration:
        """Every role at its start, or as near as its range goes; all else at its default."""
        changes: dict[str, Value] = {}
        for name in self._names.values():
            each = self.space[name]
            if name in STARTS and not each.fixed and not isinstance(each.default, bool):
                changes[name] = nearest(each.domain, STARTS[name], each.default)
        return self.space.canonical(self.space.default().replace(changes))

    def number(self, role: Role, configuration: Configuration) -> float:
        """The role's value; NaN where nothing plays it."""
        name = self.name(role)
        return math.nan if name is None else configuration.number(name)

    def scaled(self, role: Role, configuration: Configuration, factor: float) -> Value | None:
        """The value a factor away, or the next one that is listed; None at the end of the range."""
        name = self.name(role)
        if name is None:
            return None
        value, domain = configuration.number(name), self.space[name].domain
        if isinstance(domain, Choice):
            return _next(domain, value, factor > 1)
        return _moved(domain, value, value * factor, factor)

    def added(self, role: Role, configuration: Configuration) -> Value | None:
        """The value and one more, or the next one that is listed; None at the end of the range."""
        name = self.name(role)
        if name is None:
            return None
        value, domain = configuration.number(name), self.space[name].domain
        if isinstance(domain, Choice):
            return _next(domain, value, up=True)
        return int(value) + 1 if domain.contains(int(value) + 1) else None


def nearest(domain: Domain, wanted: Value, default: Value) -> Value:
    """``wanted``, or what of the domain is nearest to it: its end, the nearest number, or the default."""
    if domain.contains(wanted):
        return wanted
    if isinstance(domain, Fixed) or isinstance(wanted, str):
        return default
    if isinstance(domain, Choice):
        numbers = _numbers(domain)
        return min(numbers, key=lambda each: abs(each - float(wanted))) if numbers else default
    return min(max(wanted, domain.low), domain.high)


def _numbers(domain: Choice) -> list[int | float]:
    """The numbers that it lists, in rising order."""
    return sorted(each for each in domain.values if isinstance(each, int | float))


def _next(domain: Choice, value: float, up: bool) -> Value | None:
    beyond = [each for each in _numbers(domain) if (each > value if up else each < value)]
    return (min(beyond) if up else max(beyond)) if beyond else None


def _moved(domain: Domain, value: float, wanted: float, factor: float) -> Value | None:
    """``wanted`` or the range's end, unless that is less than half of the way."""
    if isinstance(domain, Fixed | Choice):
        return None
    inside = min(max(wanted, domain.low), domain.high)
    if value <= 0 or abs(math.log(inside / value)) < 0.5 * abs(math.log(factor)):
        return None
    whole = round(inside)
    return whole if isinstance(domain, Integer) else inside
