"""When to do what costs time, so that it takes no more than its share of the training's."""

from __future__ import annotations

import math
import statistics
from collections import deque
from dataclasses import dataclass

REMEMBERED = 5
"""Costs whose median counts, so that what happens once does not."""

SHORTEST = 1e-9
"""Seconds; for clocks that stand still."""


@dataclass(frozen=True)
class Plan:
    """What a task may cost."""

    share: float
    """Of a step's time, in the long run."""
    credit: float
    """Until it has cost so many seconds it may be done at twice the step, whatever it costs: a training shows
    most at its beginning."""
    first: int = 1
    """The step at which it is done first."""


class Pace:
    """Plans one task; steps are counted from 1, times are in seconds."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._costs: deque[float] = deque(maxlen=REMEMBERED)
        self._first = 0.0
        self.due = plan.first
        """The step at which it is next to be done."""
        self.spent = 0.0
        """Seconds that it has taken so far."""
        self.times = 0
        """How often it was done."""

    def done(self, step: int, cost: float, step_seconds: float | None) -> None:
        """Done at ``step``, which cost ``cost``; a step takes ``step_seconds``, None where not known yet.

        With c the median of the last 5 costs, s a step's seconds and p the share, it is next due c / (p s)
        steps later, or at twice the step while it is early. As long as s is not known it is early. The first
        cost says nothing of the next.
        """
        self.spent += cost
        self.times += 1
        if self.times == 1:
            self._first, self.due = cost, 2 * step
            return
        self._costs.append(cost)
        every = step
        if step_seconds is not None:
            every = interval(statistics.median(self._costs), self._plan.share, step_seconds)
        early = self.spent - self._first < self._plan.credit
        self.due = step + (min(step, every) if early else every)


def interval(cost: float, share: float, step_seconds: float) -> int:
    """Steps of ``step_seconds`` of which ``cost`` is the ``share``, at least 1."""
    return max(1, math.ceil(cost / (share * step_seconds)))


class Tempo:
    """How long a step takes, by the wall between moments that the watch looks anyway.

    On a GPU steps are queued, and the queue's end is not waited for: over some steps the loop can go no
    faster than the device, so the wall tells the device's time, too.
    """

    def __init__(self) -> None:
        self._began: tuple[int, float] | None = None
        self._windows: deque[float] = deque(maxlen=2 * REMEMBERED - 1)

    @property
    def step_seconds(self) -> float | None:
        """Median over the last 9 stretches of steps, so that a pause in one of them counts for nothing."""
        return statistics.median(self._windows) if self._windows else None

    def begin(self, step: int, now: float) -> None:
        """A stretch of steps begins after ``step``."""
        self._began = (step, now)

    def end(self, step: int, now: float) -> None:
        """It ends after ``step``; of no effect where none has begun."""
        if self._began is not None and step > self._began[0]:
            self._windows.append(max(now - self._began[1], SHORTEST) / (step - self._began[0]))
            self._began = None

    def without(self, seconds: float) -> None:
        """So many seconds of the stretch that has begun were not spent on steps."""
        if self._began is not None:
            self._began = (self._began[0], self._began[1] + seconds)

    def drop(self) -> None:
        """The stretch that has begun is none."""
        self._began = None
