"""Which configuration to train next."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from curvewise.records import Configuration, Origin
from curvewise.search.near import near
from curvewise.search.probe import Edge, family
from curvewise.search.sobol import sobol
from curvewise.space.domain import Choice, Real
from curvewise.space.space import Space

SOBOL_POINTS = 4096
"""Points of the scrambled Sobol sequence kept; after them they are drawn at random."""

RATE_SPREAD = math.log(4.0)
"""Standard deviation of the learning rate's prior around the probe's centre, in log units: the best
rate of other widths, depths and minibatches lay within a factor of 4 (docs/evidence.md, 1.2)."""


@dataclass(frozen=True)
class Proposal:
    """A configuration and where it came from."""

    configuration: Configuration
    origin: Origin
    parent: int | None = None


class Proposals:
    """Draws configurations; what is drawn depends on the seed, the trial's number and the elite alone."""

    def __init__(self, space: Space, seed: int) -> None:
        self._space, self._seed = space, seed
        self._words = np.array(
            [isinstance(space[name].domain, Choice) for name in space.searched], dtype=bool
        )

    @cached_property
    def _sobol(self) -> NDArray[np.float64]:
        """The points (SOBOL_POINTS, dimension), drawn when first asked for."""
        generator = np.random.Generator(np.random.Philox(self._seed))
        return sobol(SOBOL_POINTS, self._space.dimension, generator)

    def defaults(self, centres: tuple[Mapping[str, Edge], int]) -> list[Configuration]:
        """The space's defaults in each encoding of the numbers: what an expert would try first."""
        default = self._space.default()
        encodings = [e for e in ("plain", "piecewise", "raw") if self._space["encoding"].domain.contains(e)]
        found = [self._recentre(default.replace({"encoding": e}), 0.5, centres) for e in encodings]
        return [self._space.canonical(configuration) for configuration in found or [default]]

    def propose(
        self,
        number: int,
        attempt: int,
        drawn: int,
        elite: Mapping[int, Configuration],
        centres: tuple[Mapping[str, Edge], int],
    ) -> Proposal:
        """The configuration of trial ``number``.

        ``drawn`` counts the trials drawn from priors and Sobol before; ``elite`` the best trials so
        far, best first; ``centres`` the probe's edges and the horizon that they are scaled to.
        The mix: priors and Sobol in turn while there is no elite, then half of the trials local
        (docs/evidence.md, 5.5).
        """
        generator = np.random.Generator(np.random.Philox(key=[self._seed, number * 64 + attempt]))
        if elite and generator.random() < 0.5:
            return self._local(generator, elite)
        fresh = attempt > 0 or drawn >= SOBOL_POINTS
        size = self._space.dimension
        unit: NDArray[np.float64] = generator.random((size,)) if fresh else self._sobol[drawn, :size]
        prior = drawn % 4 != 3  # one in four explores the whole space
        configuration = self._space.from_unit(unit, prior=prior)
        if prior:
            searched = self._space.searched
            u = float(unit[searched.index("learning_rate")]) if "learning_rate" in searched else 0.5
            configuration = self._recentre(configuration, u, centres)
        return Proposal(self._space.canonical(configuration), "prior" if prior else "sobol")

    def _recentre(
        self, configuration: Configuration, u: float, centres: tuple[Mapping[str, Edge], int]
    ) -> Configuration:
        """The learning rate at quantile ``u`` of a prior around where the probe found it best."""
        edges, horizon = centres
        optimizer = configuration.word("optimizer")
        edge = edges.get(family(optimizer))
        domain = self._space["learning_rate"].domain
        if edge is None or not isinstance(domain, Real):
            return configuration
        spread = NormalDist(0.0, RATE_SPREAD).inv_cdf(min(max(u, 1e-6), 1 - 1e-6))
        centre, limit = edge.centre(optimizer, horizon), 0.99 * edge.limit(optimizer)
        rate = min(centre * math.exp(spread), max(centre, limit))
        within = min(max(rate, domain.low), domain.high)
        return configuration.replace({"learning_rate": domain.from_unit(domain.to_unit(within))})

    def _local(self, generator: np.random.Generator, elite: Mapping[int, Configuration]) -> Proposal:
        """Near one of the best, or between two."""
        numbers = list(elite)
        places = np.array([self._space.to_unit(elite[number]) for number in numbers])
        units, parents = near(generator, places, self._words, 1)
        configuration = self._space.from_unit(units[0])
        return Proposal(self._space.canonical(configuration), "local", numbers[int(parents[0])])
