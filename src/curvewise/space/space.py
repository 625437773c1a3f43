"""The whole space: every hyperparameter in order, and the unit cube in which a search moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from curvewise.errors import SpaceError
from curvewise.records import Configuration, Value
from curvewise.space.description import description_of, hyperparameter_of
from curvewise.space.domain import Choice, Domain, Fixed, Integer, Real
from curvewise.space.hyperparameter import Category, Condition, Hyperparameter
from curvewise.space.narrowing import Change, narrowed
from curvewise.space.words import nearest, range_words, shown


@dataclass(frozen=True)
class Floor:
    """Where ``when`` holds, ``name`` is at least ``least``."""

    when: Condition
    name: str
    least: int
    reason: str

    def met(self, value: Value) -> bool:
        """True where ``value`` of the other hyperparameter asks for the floor."""
        return self.when.met({self.when.name: value})


NORMALISED_MINIBATCH = Floor(
    Condition("normalisation", among=("batch",)), "minibatch", 2, "one row has no spread to normalise by"
)
"""The one pair of values that cannot be trained together."""


@dataclass(frozen=True)
class Space:
    """Hyperparameters in order; everything else follows from them.

    A coordinate in [0, 1) belongs to each hyperparameter that is not fixed, in order: ``dimension``
    of them. Configurations that come out are canonical: what does not matter is at its default, so
    two configurations that train alike are equal.
    """

    hyperparameters: tuple[Hyperparameter, ...]
    floors: tuple[Floor, ...] = ()

    def __post_init__(self) -> None:
        if len(self._known) != len(self.hyperparameters):
            raise SpaceError("two hyperparameters of a space have the same name")
        for each in self.hyperparameters:
            if each.needs is not None and each.needs.name not in self._known:
                raise SpaceError(f"{each.name} needs {each.needs.name}, which is not in the space")
        for floor in self.floors:
            self._check_floor(floor)

    def _check_floor(self, floor: Floor) -> None:
        judge, bound = self[floor.when.name].domain, self[floor.name].domain
        if any(floor.met(value) for value in _listed(judge)) and _lifted(bound, floor.least) is None:
            raise SpaceError(
                f"{floor.name} is {range_words(bound)}, which cannot go with {floor.when}: {floor.reason}"
            )

    @cached_property
    def _known(self) -> dict[str, Hyperparameter]:
        return {each.name: each for each in self.hyperparameters}

    @cached_property
    def _searched(self) -> tuple[Hyperparameter, ...]:
        return tuple(each for each in self.hyperparameters if not each.fixed)

    def __getitem__(self, name: str) -> Hyperparameter:
        if name not in self._known:
            raise SpaceError(f"there is no hyperparameter {name!r}{nearest(name, self._known)}")
        return self._known[name]

    def __contains__(self, name: object) -> bool:
        return name in self._known

    @property
    def dimension(self) -> int:
        """How many hyperparameters are not fixed."""
        return len(self._searched)

    @property
    def searched(self) -> tuple[str, ...]:
        """Names of those that are not fixed: the axes of the unit cube, in order."""
        return tuple(each.name for each in self._searched)

    def names(self, category: Category | None = None) -> tuple[str, ...]:
        """All names in order, or those of one category."""
        return tuple(each.name for each in self.hyperparameters if category in (None, each.category))

    def default(self) -> Configuration:
        """Every hyperparameter at its default."""
        return self.canonical(Configuration({each.name: each.default for each in self.hyperparameters}))

    def from_unit(self, vector: ArrayLike, prior: bool = False) -> Configuration:
        """The configuration at ``vector`` (dimension,) in [0, 1); through the priors where ``prior``."""
        places = np.asarray(vector, dtype=float)
        if places.shape != (self.dimension,):
            raise SpaceError(
                f"a point of this space has {self.dimension} coordinates, not shape {places.shape}"
            )
        values = {each.name: each.default for each in self.hyperparameters}
        for each, u in zip(self._searched, places.tolist(), strict=True):
            values[each.name] = each.domain.sample_prior(u) if prior else each.domain.from_unit(u)
        return self.canonical(Configuration(values))

    def to_unit(self, configuration: Configuration) -> NDArray[np.float64]:
        """The coordinates (dimension,) of a valid configuration; what does not matter is at its default."""
        values = self.canonical(configuration).values
        return np.array([each.domain.to_unit(values[each.name]) for each in self._searched])

    def active(self, configuration: Configuration) -> set[str]:
        """Names of the hyperparameters that change this configuration's training."""
        found: set[str] = set()
        for each in self.hyperparameters:
            if self._matters(each, configuration.values):
                found.add(each.name)
        return found

    def _matters(self, each: Hyperparameter, values: Mapping[str, Value]) -> bool:
        if each.needs is None:
            return True
        return each.needs.met(values) and self._matters(self._known[each.needs.name], values)

    def canonical(self, configuration: Configuration) -> Configuration:
        """What does not matter moved to its default, and what is below a floor up to it."""
        active = self.active(configuration)
        values = {
            each.name: configuration[each.name] if each.name in active else each.default
            for each in self.hyperparameters
        }
        for floor in self.floors:
            value = values[floor.name]
            if floor.when.met(values) and not isinstance(value, str) and value < floor.least:
                lifted = _lifted(self._known[floor.name].domain, floor.least)
                values[floor.name] = value if lifted is None else lifted
        return Configuration(values)

    def validate(self, configuration: Configuration) -> None:
        """Raise SpaceError where a name is unknown or missing, or a value outside its range."""
        for name in configuration:
            self[name]
        for each in self.hyperparameters:
            if each.name not in configuration:
                raise SpaceError(f"the configuration says nothing of {each.name}")
            value = configuration[each.name]
            if not each.domain.contains(value):
                raise SpaceError(f"{each.name} is {range_words(each.domain)}, not {shown(value)}")
        for floor in self.floors:
            value = configuration[floor.name]
            if floor.when.met(configuration.values) and not isinstance(value, str) and value < floor.least:
                raise SpaceError(f"{floor.name} is at least {floor.least} where {floor.when}: {floor.reason}")

    def narrow(self, changes: Mapping[str, Change], where: str = "") -> Space:
        """The same space with some domains fixed, narrowed or widened (grammar: ``space.toml``).

        ``where`` opens the message of a SpaceError: the file that the changes come from.
        """
        opening = f"{where}: " if where else ""
        changed = dict(self._known)
        try:
            for name, change in changes.items():
                changed[name] = narrowed(self[name], change)
            for floor in self.floors:
                changed[floor.when.name] = _spared(changed[floor.when.name], changed[floor.name], floor)
            return Space(tuple(changed.values()), self.floors)
        except SpaceError as error:
            raise SpaceError(f"{opening}{error}") from None

    def describe(self) -> dict[str, dict[str, Value | list[Value]]]:
        """The whole space as data (``records.Opened.space``); ``Space.described`` makes it again."""
        return {each.name: description_of(each) for each in self.hyperparameters}

    @classmethod
    def described(cls, description: Mapping[str, Mapping[str, Value | Sequence[Value]]]) -> Space:
        """The space that ``describe`` described; raises SpaceError where it is no such thing."""
        known = tuple(hyperparameter_of(name, data) for name, data in description.items())
        names = {each.name for each in known}
        floor = NORMALISED_MINIBATCH
        return cls(known, (floor,) if {floor.name, floor.when.name} <= names else ())


def _listed(domain: Domain) -> tuple[Value, ...]:
    """The values of a domain that lists them."""
    if isinstance(domain, Choice):
        return tuple(domain.values)
    return (domain.value,) if isinstance(domain, Fixed) else ()


def _lifted(domain: Domain, least: int) -> Value | None:
    """The smallest value of ``domain`` that is at least ``least``; None where there is none."""
    if isinstance(domain, Real | Integer):
        return max(domain.low, least) if domain.high >= least else None
    return min((v for v in _listed(domain) if not isinstance(v, str) and v >= least), default=None)


def _spared(judge: Hyperparameter, bound: Hyperparameter, floor: Floor) -> Hyperparameter:
    """``judge`` without the choices that ask for a floor which ``bound`` cannot reach, if others are left."""
    kept = [value for value in _listed(judge.domain) if not floor.met(value)]
    if _lifted(bound.domain, floor.least) is not None or not kept:
        return judge
    return narrowed(judge, kept)
