"""When a watch does what: losses kept, steps measured, curves looked at, all within a share of the time."""

from __future__ import annotations

import math
import statistics
from collections import deque
from collections.abc import Callable

from curvewise.live.pace import REMEMBERED, SHORTEST, Pace, Plan, Tempo, interval

Clock = Callable[[], float]

SHARE = 0.01
"""Of a step's time, all in all: what Cockpit has left at every 256th step (Schneider et al. 2021,
arXiv 2102.06604; recomputed from its results)."""
KEEPING, MEASURING, LOOKING = 0.2, 0.25, 0.15
"""Parts of the share for each; the rest is for the calls in which nothing is done, and for surprises."""
UNSEEN = 1.25
"""What keeping a loss and measuring a step truly take, over what a clock around them shows: the way into a
call and out of it, and caches left cold. By what steps took around a measured one of the perceptron of
``benchmarks/watch.py``: 810 microseconds more, of which 660 were seen. Of looks, which take milliseconds, it
is nothing."""
FIRST_LOOK = 16
"""A step after which there is something to see; before it nothing is told but what is certain."""
FIRST_SECONDS = 2.0
"""Before so much time there is a look only where a loss is not finite: it costs some milliseconds."""
CREDIT = 0.01
"""Seconds that measuring, and looking, may cost before their shares begin to count, the first time aside."""
APART = 1.2
"""Steps at one look / steps at the look before, at least: what has not grown shows nothing new."""
AGAIN = 1.05
"""The same for a loss that is not finite."""

GOLDEN = (math.sqrt(5) - 1) / 2
"""Its multiples, less their whole parts, fill 0 to 1 evenly, and no cycle meets them (Weyl)."""


class Attention:
    """Plans by what steps and its own work are measured to take; ``clock`` tells seconds."""

    def __init__(self, share: float, clock: Clock) -> None:
        self.clock = clock
        self.tempo = Tempo()
        self.measuring = Pace(Plan(MEASURING * share, CREDIT))
        self.looking = Pace(Plan(LOOKING * share, CREDIT, FIRST_LOOK))
        self.loss_due: float = 1
        """The step whose loss is kept next."""
        self.armed_at: int | None = 0
        """After which step the next one was chosen to be measured; None where it was not."""
        self._keeping_share = KEEPING * share
        self._keeping: deque[float] = deque(maxlen=REMEMBERED)
        self._kept = 0
        self._every, self._place = 1, 0.0
        self._looked_at, self._hurried = 0, False
        self._check_due = 1
        self._started: float | None = None

    def kept(self, step: int, began: float) -> None:
        """A loss was kept; the call began at ``began``."""
        if self._started is None:
            self._started = began
        self._kept += 1
        self.loss_due = step + 1
        if self._every > 1:
            # Anywhere in each stretch of so many: a loop may go through its minibatches in one order for ever
            stride = self._every * (1 + (self._kept + 1) * GOLDEN % 1 - self._kept * GOLDEN % 1)
            self._place = stride + (self._place if step - self._place < self._every else step)
            self.loss_due = max(step + 1, math.ceil(self._place))
        self._keeping.append(UNSEEN * (self.clock() - began))

    def measured(self, step: int, cost: float) -> None:
        """A step was measured, for which all in all the clock went on by ``cost``."""
        self.armed_at = None
        if self._started is not None and not self.measuring.times:
            self._started -= cost  # the first step was measured before its loss was kept
        self.measuring.done(step, UNSEEN * cost, self.tempo.step_seconds)
        self._begin(step)

    def arm(self, step: int, now: float) -> bool:
        """True where the step after ``step`` is to be measured and was not chosen before."""
        if self.armed_at is not None or step < self.measuring.due - 1:
            return False
        self.tempo.end(step, now)
        self.armed_at = self._check_due = step
        return True

    def waited(self, step: int) -> None:
        """No optimizer has stepped since, as while gradients are accumulated. Ask less and less often."""
        if self.armed_at is not None:
            self._check_due = step + max(1, step - self.armed_at)
            self.tempo.end(step, self.clock())
            self._begin(step)

    def _begin(self, step: int) -> None:
        """A stretch of steps begins, in which losses are kept as often as the last ones allow."""
        if self.tempo.step_seconds is not None and self._keeping:
            keeping = statistics.median(self._keeping)
            self._every = interval(keeping, self._keeping_share, self.tempo.step_seconds)
        self.tempo.begin(step, self.clock())

    def looked(self, step: int, cost: float) -> None:
        """The curves were looked at."""
        self._looked_at, self._hurried = step, False
        self.tempo.without(cost)
        self.looking.done(step, cost, self.tempo.step_seconds)
        self.looking.due = max(self.looking.due, math.ceil(APART * step))

    def hurry(self, step: int) -> None:
        """Look soon, for something is wrong."""
        self._hurried = True
        self.looking.due = min(self.looking.due, max(step, math.ceil(AGAIN * self._looked_at)))

    def may_look(self, step: int) -> bool:
        """True where a look is due and weighs little; else it is put off, to twice the step at most."""
        if step < self.looking.due:
            return False
        elapsed = FIRST_SECONDS if self._hurried or self._started is None else self.clock() - self._started
        if elapsed >= FIRST_SECONDS:
            return True
        self.looking.due = step + max(1, round(step * min(1, FIRST_SECONDS / max(elapsed, SHORTEST) - 1)))
        return False

    def pause(self) -> None:
        """Something other than steps takes time."""
        self.tempo.drop()

    @property
    def work_due(self) -> float:
        """The step after which more is to be done than to keep a loss."""
        measuring = self.measuring.due - 1 if self.armed_at is None else self._check_due
        return min(measuring, self.looking.due)

    @property
    def cost(self) -> float:
        """Share of the time since the first step that all this took; calls that do nothing are not in it."""
        if self._started is None:
            return 0.0
        keeping = self._kept * statistics.median(self._keeping)
        spent, elapsed = keeping + self.measuring.spent + self.looking.spent, self.clock() - self._started
        return min(1.0, spent / elapsed) if elapsed > 0 else 0.0
