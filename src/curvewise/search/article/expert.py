"""The order of the article's moves: rate, decay, optimizer, minibatch, units, layers, overfitting."""

from __future__ import annotations

from curvewise.records import Opened
from curvewise.search.article import arms, capacity, decay, rates
from curvewise.search.article.move import Move
from curvewise.search.article.notebook import Moves, Notebook
from curvewise.search.article.result import Result

STEPS = (10.0, 3.16, 1.78)
"""From one learning rate to the next: the usual suspects first, then half-way between, then half of that."""


class Expert:
    """One move after the other; each result that it is told of may change what comes next.

    The same results in the same order give the same moves.
    """

    def __init__(self, opened: Opened) -> None:
        self._moves = _moves(Notebook(opened))
        self.move: Move | None = next(self._moves, None)
        """What to train next, or what is being trained; None where there is nothing left to try."""

    def see(self, result: Result) -> None:
        """What came of ``move``."""
        try:
            self.move = self._moves.send(result)
        except StopIteration:
            self.move = None


def _moves(notebook: Notebook) -> Moves:
    """The rate first; then all of it again with smaller steps, until they bring nothing any more."""
    if not (yield from rates.first(notebook)):
        return False
    for step in STEPS:
        yield from rates.settle(notebook, step)
        yield from decay.when_stuck(notebook)
        if step == STEPS[0] and (yield from arms.adaptive(notebook)):
            yield from rates.settle(notebook, step)
        yield from _once(notebook, step)
    while (yield from _once(notebook, STEPS[-1])):
        pass
    return True


def _once(notebook: Notebook, step: float) -> Moves:
    """The other moves in the article's order; after what changes the curve the rate is looked at again."""
    any_kept = False
    for moves in (arms.minibatches, capacity.units, capacity.layers, capacity.against_overfitting):
        if (yield from moves(notebook)):
            any_kept = True
            yield from rates.settle(notebook, step)
    return any_kept
