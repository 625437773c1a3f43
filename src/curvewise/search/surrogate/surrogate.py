"""The process over all curves, kept up with the history: what any configuration will come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curvewise.records import Configuration
from curvewise.search.surrogate.axes import Axes
from curvewise.search.surrogate.covariance import Covariance, Floats, Places, Prior
from curvewise.search.surrogate.evidence import Evidence, Scale
from curvewise.search.surrogate.process import Fitting, Process, fit
from curvewise.space.space import Space

REFIT = 1.3
"""The covariance is fitted anew whenever the points have grown by this factor: fits cost as much as some 30
proposals, and the sixth hundred points change little of what the first five said."""

FIRST_STEPS, LATER_STEPS = 30, 12
"""Steps of the first fit, and of those that start from the one before. Ours."""


@dataclass(frozen=True)
class Outlook:
    """What is expected of some configurations at some age, in the process's scale."""

    mean: Floats
    """(n,)"""
    deviation: Floats
    """(n,)"""
    scale: Scale

    def interval(self, place: int) -> tuple[float, float]:
        """A standard deviation to both sides of what the ``place``-th is expected to come to, as a level."""
        mean, deviation = float(self.mean[place]), float(self.deviation[place])
        return self.scale.level(mean - deviation), self.scale.level(mean + deviation)


class Surrogate:
    """Takes in curves and answers for configurations; equal points in equal order give equal answers.

    ``seed``: of what is drawn in fits, and of which points are left out where there are too many.
    """

    def __init__(self, space: Space, seed: int) -> None:
        self.axes, self._space, self._seed = Axes(space), space, seed
        self._prior = Prior.of(self.axes.hyperparameters)
        self._covariance = Covariance(self._prior.mean, self.axes.owner)
        self._evidence = Evidence(len(self.axes.owner))
        self._points, self._fitted_at, self._stale = 0, 0, True
        self._process: tuple[Process, Scale] | None = None

    def see(self, trial: int, configuration: Configuration, levels: Sequence[float]) -> None:
        """A trial's curve (age,) of errors or losses, now one point longer."""
        self._evidence.see(trial, lambda: self._place(configuration), levels)
        self._points += 1
        self._stale = True
        if self._points >= REFIT * self._fitted_at:  # here, so that it does not depend on who asks when
            self._fit()

    def _place(self, configuration: Configuration) -> Floats:
        found: Floats = self.axes.columns(self._space.to_unit(configuration)[None, :])[0]
        return found

    def outlook(self, units: Floats, trials: NDArray[np.int64], age: int) -> Outlook | None:
        """What trials (n,), ``units`` (n, dimension) in the unit cube, come to at ``age``.

        Numbers below 0, each another, are of trials that there are none of yet.

        None while nothing finite has been seen.
        """
        if self._stale:
            self._process, self._stale = self._conditioned(), False
        if self._process is None:
            return None
        process, scale = self._process
        mean, deviation = process.predict(
            Places(self.axes.columns(units), trials, np.full(len(trials), float(age)))
        )
        return Outlook(mean, deviation, scale)

    def _conditioned(self) -> tuple[Process, Scale] | None:
        chosen = self._evidence.chosen(self._generator())
        if chosen is None:
            return None
        places, levels, scale = chosen
        return Process.conditioned(self._covariance, places, levels), scale

    def _fit(self) -> None:
        generator = self._generator()
        chosen = self._evidence.chosen(generator)
        if chosen is not None:
            places, levels, _ = chosen
            steps = LATER_STEPS if self._fitted_at else FIRST_STEPS
            task = Fitting(places, levels, self._prior, self.axes.owner)
            self._covariance = fit(self._covariance, task, generator, steps)
            self._fitted_at = self._points

    def _generator(self) -> np.random.Generator:
        return np.random.Generator(np.random.Philox(key=[self._seed, self._points]))
