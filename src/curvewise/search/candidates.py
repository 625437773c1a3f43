"""New configurations that a surrogate is asked about: from the priors, and near the best."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curvewise.records import Configuration
from curvewise.search.near import near
from curvewise.space.domain import Choice
from curvewise.space.space import Space

COUNT = 120
"""New configurations that are looked at for every decision, half of them near the best. Ours."""

POOL = 512
"""Draws from the priors that are made at once; 60 of them are looked at each time."""

RENEWED = 64
"""Trials after which the pool is drawn anew."""


class Candidates:
    """Points of the unit cube; what is drawn depends on the seed, the generator given and the elite alone."""

    def __init__(self, space: Space, seed: int) -> None:
        self._space, self._seed = space, seed
        self._domains = [space[name].domain for name in space.searched]
        self._words = np.array([isinstance(domain, Choice) for domain in self._domains], dtype=bool)
        self._pool: tuple[int, NDArray[np.float64]] | None = None

    def draw(
        self, generator: np.random.Generator, elite: NDArray[np.float64], trials: int
    ) -> NDArray[np.float64]:
        """``COUNT`` points (n, dimension) when ``trials`` have begun; ``elite`` (m, dimension) best first."""
        pool = self._priors(trials // RENEWED)
        drawn = pool[generator.choice(POOL, size=COUNT // 2, replace=False)]
        local, _ = near(generator, elite, self._words, COUNT - len(drawn))
        return np.concatenate([drawn, local])

    def first(self, number: int) -> Configuration:
        """The ``number``-th trial's configuration where nothing is known: the defaults, then the priors."""
        return self.configuration(self._priors(0)[number - 1]) if number else self._space.default()

    def configuration(self, unit: NDArray[np.float64]) -> Configuration:
        """The configuration at a point (dimension,)."""
        return self._space.from_unit(unit)

    def _priors(self, block: int) -> NDArray[np.float64]:
        if self._pool is None or self._pool[0] != block:
            generator = np.random.Generator(np.random.Philox(key=[self._seed, (1 << 40) + block]))
            draws = generator.random((POOL, len(self._domains)))
            columns = [
                [domain.to_unit(domain.sample_prior(u)) for u in draws[:, place].tolist()]
                for place, domain in enumerate(self._domains)
            ]
            self._pool = block, np.array(columns).reshape(len(self._domains), POOL).T
        return self._pool[1]
