"""Counts the epochs that a method spends on a recorded problem, and keeps the best that it has seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import overload

import numpy as np

from tables_problem import Configuration, Floats, Problem, Table, Value

TRAININGS = 20
"""Full trainings that a race may cost."""


class BudgetSpent(Exception):
    """There is no epoch left: the race is over."""


class ListExhausted(BudgetSpent):
    """There is no configuration left that was recorded and not tried; trials that there are can go on."""


class Recorder:
    """All that a method sees of a problem's curves: an epoch at a time, each paid for once.

    The incumbent is the least validation error seen at any epoch of any trial. Of a problem with a finite
    list a trial gets the nearest configuration in the unit cube that no other trial has; a value that was
    not recorded is not known to anybody. Asking again for what was paid for is free.
    """

    def __init__(self, table: Table, trainings: int = TRAININGS) -> None:
        self.problem: Problem = table.problem
        self.horizon = table.problem.horizon
        self.budget = trainings * self.horizon
        self.spent = 0
        self.incumbent = math.inf
        self.improvements: list[tuple[int, float]] = []
        """(epochs spent, incumbent) whenever it improved."""
        self._table = table
        self._curves: dict[int, Floats] = {}
        self._ages: dict[int, int] = {}
        self._configurations: dict[int, Configuration] = {}
        self._trials: dict[tuple[Value, ...], int] = {}
        listed = table.problem.configurations
        self._free = np.ones(len(listed), bool)
        self._places = np.array([table.problem.to_unit(each) for each in listed])

    @property
    def left(self) -> int:
        """Epochs that may still be spent."""
        return self.budget - self.spent

    def advance(self, trial: int, configuration: Configuration) -> float:
        """Train the trial's next epoch and return its validation error, infinite where it diverged.

        ``configuration`` counts at the first call. Raises BudgetSpent where no epoch is left, ListExhausted
        where all that was recorded is being tried, and ValueError where the trial has had all its epochs.
        """
        if self.left <= 0:
            raise BudgetSpent
        if trial not in self._ages:
            self._begin(trial, configuration)
        age = self._ages[trial]
        if age >= self.horizon:
            raise ValueError(f"trial {trial} of {self.problem.name} has had all of its {age} epochs")
        if age >= len(self._curves[trial]):
            self._curves[trial] = self._table.curve(self._configurations[trial], age + 1)
        self._ages[trial] = age + 1
        self.spent += 1
        error = float(self._curves[trial][age, 0])
        if error < self.incumbent:
            self.incumbent = error
            self.improvements.append((self.spent, error))
        return error if math.isfinite(error) else math.inf

    def train(self, trial: int, configuration: Configuration, epochs: int) -> float:
        """The trial's least error up to ``epochs`` of age; what it has had already costs nothing."""
        while self.age(trial) < min(epochs, self.horizon):
            self.advance(trial, configuration)
        return self.least(trial, epochs)

    def finish(self) -> None:
        """Train the trials that there are to the end, the best first, as far as the budget goes."""
        for trial in sorted(self._ages, key=self.least):
            while self.left and self._ages[trial] < self.horizon:
                self.advance(trial, self._configurations[trial])

    def least(self, trial: int, epochs: int | None = None) -> float:
        """The least error of the trial so far, or up to an age that it has had; infinite where diverged."""
        errors = self.seen(trial)[:epochs, 0]
        return float(np.min(errors[np.isfinite(errors)], initial=math.inf))

    def age(self, trial: int) -> int:
        """Epochs that the trial has had."""
        return self._ages.get(trial, 0)

    def seen(self, trial: int) -> Floats:
        """The trial's curve so far, shape (age, 4), columns as in ``tables_problem.COLUMNS``."""
        return self._curves[trial][: self._ages[trial]].copy()

    def configuration(self, trial: int) -> Configuration:
        """What the trial really trains: with a finite list not always what was proposed."""
        return self._configurations[trial]

    def number(self, configuration: Configuration) -> int:
        """The trial of this configuration as it was proposed: the same for the same, else a new one."""
        return self._trials.setdefault(self.problem.key(configuration), len(self._trials))

    def curve(self, configuration: Configuration) -> PaidCurve:
        """The configuration's epochs as a sequence of rows, each paid for when it is first read."""
        return PaidCurve(self, self.number(configuration), configuration)

    def _begin(self, trial: int, configuration: Configuration) -> None:
        if len(self._free):
            if not self._free.any():
                raise ListExhausted
            chosen = self._nearest(configuration)
            self._free[chosen] = False
            configuration = self.problem.configurations[chosen]
        self._curves[trial] = self._table.curve(configuration, 1)
        self._configurations[trial] = configuration
        self._ages[trial] = 0

    def _nearest(self, configuration: Configuration) -> int:
        """Place in the list of the nearest that is free; another choice is as far as a whole axis."""
        place = self.problem.to_unit(configuration)
        apart = np.abs(self._places - place)
        words = [each.kind == "choice" for each in self.problem.dimensions]
        apart[:, words] = apart[:, words] > 0
        squares = np.where(self._free, np.sum(apart**2, axis=1), np.inf)
        return int(np.argmin(squares))


class PaidCurve(Sequence[tuple[float, ...]]):
    """A curve that is paid for as it is read: row e is (error, loss, train loss, seconds)."""

    def __init__(self, recorder: Recorder, trial: int, configuration: Configuration) -> None:
        self._recorder, self._trial, self._configuration = recorder, trial, configuration

    def __len__(self) -> int:
        return self._recorder.horizon

    @overload
    def __getitem__(self, place: int) -> tuple[float, ...]: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[tuple[float, ...]]: ...
    def __getitem__(self, place: int | slice) -> tuple[float, ...] | Sequence[tuple[float, ...]]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        if not -len(self) <= place < len(self):
            raise IndexError(f"epochs are 0 to {len(self) - 1}, not {place}")
        place %= len(self)
        while self._recorder.age(self._trial) <= place:
            self._recorder.advance(self._trial, self._configuration)
        return tuple(map(float, self._recorder.seen(self._trial)[place]))
