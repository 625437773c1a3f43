"""New configurations that a surrogate is asked about: from the priors, and near the best."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, final

import numpy as np
from numpy.typing import NDArray

from curvewise.records import Configuration
from curvewise.search.near import near
from curvewise.space.domain import Choice
from curvewise.space.space import Space

Floats = NDArray[np.float64]

COUNT = 120
"""New configurations that are looked at for every decision, half of them near the best. Ours."""

POOL = 512
"""Draws from the priors that are made at once; 60 of them are looked at each time."""

RENEWED = 64
"""Trials after which the pool is drawn anew."""


class Source(Protocol):
    """Where new configurations come from; all that is drawn depends on the arguments, and a seed."""

    def first(self, number: int) -> Configuration:
        """The ``number``-th trial's where nothing is known."""
        ...

    def draw(self, generator: np.random.Generator, elite: Floats, trials: int) -> Floats:
        """Points (n, dimension) of the unit cube when ``trials`` have begun; ``elite`` (m, dimension), best
        first, are the best so far."""
        ...

    def configuration(self, unit: Floats) -> Configuration:
        """The configuration at such a point (dimension,)."""
        ...


@final
class Candidates:
    """Any configuration of a space: half drawn from its priors, half near the elite.

    ``sample`` turns a point of the unit cube into a draw from the priors.
    """

    def __init__(self, space: Space, seed: int, sample: Callable[[Floats], Configuration]) -> None:
        self._space, self._seed, self._sample = space, seed, sample
        self._words = np.array(
            [isinstance(space[name].domain, Choice) for name in space.searched], dtype=bool
        )
        self._pool: tuple[int, Floats] | None = None

    def first(self, number: int) -> Configuration:
        """The defaults, then the priors."""
        if number == 0:
            return self._space.default()
        return self.configuration(self._drawn((number - 1) // POOL)[(number - 1) % POOL])

    def draw(self, generator: np.random.Generator, elite: Floats, trials: int) -> Floats:
        """``COUNT`` of them."""
        drawn = self._drawn(trials // RENEWED)[generator.choice(POOL, size=COUNT // 2, replace=False)]
        local, _ = near(generator, elite, self._words, COUNT - len(drawn))
        return np.concatenate([drawn, local])

    def configuration(self, unit: Floats) -> Configuration:
        """The space's."""
        return self._space.from_unit(unit)

    def _drawn(self, block: int) -> Floats:
        if self._pool is None or self._pool[0] != block:
            generator = np.random.Generator(np.random.Philox(key=[self._seed, (1 << 40) + block]))
            units = generator.random((POOL, self._space.dimension))
            self._pool = block, np.array([self._space.to_unit(self._sample(unit)) for unit in units])
        return self._pool[1]


@final
class Listed:
    """The only configurations that there are, such as those of a finite table; at least one."""

    def __init__(self, space: Space, seed: int, among: Sequence[Configuration]) -> None:
        self._seed = seed
        self._units = np.array([space.to_unit(each) for each in among])
        self._known = {unit.tobytes(): each for unit, each in zip(self._units, among, strict=True)}
        apart = self._units - space.to_unit(space.default())
        self._first = int(np.argmin(np.sum(apart * apart, axis=1)))

    def first(self, number: int) -> Configuration:
        """The one nearest to the defaults, then any at random."""
        if number == 0:
            return self.configuration(self._units[self._first])
        generator = np.random.Generator(np.random.Philox(key=[self._seed, (1 << 40) + number]))
        return self.configuration(self._units[generator.integers(len(self._units))])

    def draw(self, generator: np.random.Generator, elite: Floats, trials: int) -> Floats:
        """``COUNT`` of them at random, or all."""
        del elite, trials
        count = min(COUNT, len(self._units))
        return self._units[generator.choice(len(self._units), count, replace=False)]

    def configuration(self, unit: Floats) -> Configuration:
        """The one that is exactly there; raises KeyError where none is."""
        return self._known[unit.tobytes()]
