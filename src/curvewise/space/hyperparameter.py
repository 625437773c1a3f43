"""One hyperparameter: its domain, its category, where its default comes from, when it matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from curvewise.errors import SpaceError
from curvewise.records import Value
from curvewise.space.domain import Domain, Fixed, same

Category = Literal["optimizer", "model"]
"""The article's two categories (row 1): optimizer hyperparameters say how to train, and can differ
from slot to slot of a cohort; model hyperparameters say what is trained."""


@dataclass(frozen=True)
class Condition:
    """Holds where hyperparameter ``name`` is at least ``least``, or is among ``among``."""

    name: str
    least: float | None = None
    among: tuple[Value, ...] = ()

    def __post_init__(self) -> None:
        if (self.least is None) == (not self.among):
            raise SpaceError(f"the condition on {self.name} needs either a least value or a list of values")

    def met(self, values: Mapping[str, Value]) -> bool:
        """True where ``values`` satisfies it."""
        value = values[self.name]
        if self.least is None:
            return any(same(value, known) for known in self.among)
        return not isinstance(value, str) and value >= self.least

    def __str__(self) -> str:
        if self.least is not None:
            return f"{self.name} ≥ {self.least:g}"
        return f"{self.name} is {' or '.join(str(value) for value in self.among)}"


@dataclass(frozen=True)
class Hyperparameter:
    """One hyperparameter of a space."""

    name: str
    domain: Domain
    """What the search may set it to."""
    category: Category
    default: Value
    """What it is where nobody searches it, and where ``needs`` does not hold."""
    source: str
    """Where default, range and prior come from: article row, paper or measurement."""
    unit: str
    """Of its value; empty for a bare number or a word."""
    help: str
    """What it is, in one sentence without a full stop."""
    needs: Condition | None = None
    """It changes nothing unless this holds."""
    legal: Domain | None = None
    """How far a space file may widen the domain; None: not at all."""
    alone: str = field(default="", compare=False)
    """Why a value that is fixed is the only one, for whoever asks for another."""

    def __post_init__(self) -> None:
        if not self.domain.contains(self.default):
            raise SpaceError(f"{self.name}: the default {self.default!r} is outside its own range")

    @property
    def fixed(self) -> bool:
        """True where there is nothing to search."""
        return isinstance(self.domain, Fixed)
