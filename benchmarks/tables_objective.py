"""How peers see a recorded problem: as an objective of a configuration and a number of epochs.

Each is told the least error up to that age, which is what the race is about, and at most the problem's
ceiling, since few of them take infinity. Asked again for a configuration, at any age, they pay for the new
epochs only: a favour to those that would train anew.
"""

from __future__ import annotations

from tables_problem import Configuration
from tables_recorder import BudgetSpent, Recorder

REPEATS = 1_000
"""Answers in a row that cost nothing, after which a method has nothing new to ask."""


class Objective:
    """Answers out of a recorder; raises BudgetSpent at the end, or when nothing new is asked for long."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder, self._repeats = recorder, 0

    def __call__(self, configuration: Configuration, epochs: float) -> float:
        """The least error up to ``epochs``, which is rounded to a whole number within the horizon."""
        before, age = self._recorder.spent, min(max(1, round(epochs)), self._recorder.horizon)
        trial = self._recorder.number(configuration)
        least = self._recorder.train(trial, configuration, age)
        self._repeats = 0 if self._recorder.spent > before else self._repeats + 1
        if self._repeats > REPEATS:
            raise BudgetSpent
        return min(least, self._recorder.problem.ceiling)
