"""The article's policy on a recorded problem: curvewise's own, as ``curvewise tune --policy article`` has it.

What a table does not have is not moved: no decay where none is recorded, no units where the network is given.
What is no part of the article's, such as a momentum, stays where ``tables_start.first`` has it until all the
article's moves are made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from curvewise.records import Configuration, Decided, Decision, Observed, Value
from curvewise.search.article.article import Article
from curvewise.space.domain import Choice
from curvewise.space.space import Space
from curvewise.tables import Recorded, beginning
from tables_ours import space
from tables_problem import Problem
from tables_recorder import Recorder
from tables_start import first

OPTIMIZERS = {
    "GradientDescentOptimizer": "sgd",
    "MomentumOptimizer": "momentum",
    "AdamOptimizer": "adam",
}
"""What TensorFlow calls them, and the article with it, in the spaces' words."""


NEAR = 0.2
"""Of every axis, how far a neighbour is at most."""
EARLY = 0.1
"""Share of the horizon after which a neighbour that is no better by then is left alone."""


def article(problem: Problem, recorder: Recorder, rng: np.random.Generator) -> None:
    """Its moves, in which nothing is random; when all are made, neighbours of the best at random."""
    policy = _moved(problem, recorder)
    best = policy.ledger.chosen and policy.ledger.chosen.trial
    entry = policy.ledger.entries[best or 0]
    configuration = _recorded(problem, entry.trial.configuration.values)
    errors = [point.valid_error for point in entry.curve.points]
    while True:
        near = problem.to_unit(configuration) + rng.uniform(-NEAR, NEAR, len(problem.dimensions))
        neighbour = problem.from_unit(np.clip(near, 0.0, 1.0))
        curve = recorder.curve(neighbour)
        early = max(2, round(EARLY * recorder.horizon))
        told = [row[0] for row in curve[:early]]
        if np.nanmin([*told, np.inf]) < min(errors[:early]):
            told = [row[0] for row in curve[:]]
            if np.nanmin([*told, np.inf]) < min(errors):
                configuration, errors = neighbour, list(np.nan_to_num(told, nan=np.inf))


def _moved(problem: Problem, recorder: Recorder) -> Article:
    """Until the budget is spent, or the article has nothing more to try."""
    policy, trainer, listed = Article(), Recorded(_Spelt(recorder)), _Listed(problem)
    policy.see([beginning(problem.name, _space(problem), problem.horizon, recorder.budget, 0)])
    while policy.ledger.ended is None:
        decisions = [listed.snapped(each) for each in policy.decide(0.0)]
        if decisions:
            policy.see([Decided(0.0, decisions)])
            trainer.start([each.start for each in decisions if each.start is not None])
        else:
            policy.see([Observed(0.0, trainer.advance(policy.round()))])
    return policy


class _Spelt:
    """The recorder's curves, asked for in the spaces' words."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.horizon = recorder.horizon

    def curve(self, configuration: Mapping[str, Value]) -> Sequence[Sequence[float]]:
        """Paid for as it is read."""
        return self._recorder.curve(_recorded(self._recorder.problem, configuration))


class _Listed:
    """Of a problem with a finite list: the policy is told what is trained in the place of what it asked for.

    The recorder takes the nearest that is free.
    """

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._places = np.array([problem.to_unit(each) for each in problem.configurations])
        self._free = np.ones(len(problem.configurations), dtype=bool)

    def snapped(self, decision: Decision) -> Decision:
        """The decision with the configuration that will be trained; itself where any can be."""
        if decision.start is None or not self._free.any():
            return decision
        apart = self._places - self._problem.to_unit(
            _recorded(self._problem, decision.start.configuration.values)
        )
        nearest = int(np.argmin(np.where(self._free, np.sum(apart**2, axis=1), np.inf)))
        self._free[nearest] = False
        configuration = Configuration(_ours(self._problem.configurations[nearest]))
        start = msgspec.structs.replace(decision.start, configuration=configuration)
        return msgspec.structs.replace(decision, start=start)


def _space(problem: Problem) -> Space:
    """The problem's, with the article's start as defaults and optimizers in the spaces' words."""
    start, known = _ours(first(problem)), []
    for each in space(problem).hyperparameters:
        domain = each.domain
        if isinstance(domain, Choice):
            domain = Choice([_word(value, OPTIMIZERS) for value in domain.values])
        known.append(type(each)(each.name, domain, "optimizer", start[each.name], each.source, "", each.help))
    return Space(tuple(known))


def _ours(configuration: Mapping[str, Value]) -> dict[str, Value]:
    return {name: _word(value, OPTIMIZERS) for name, value in configuration.items()}


def _recorded(problem: Problem, configuration: Mapping[str, Value]) -> dict[str, Value]:
    choices = [choice for each in problem.dimensions for choice in each.choices]
    back = {_word(choice, OPTIMIZERS): choice for choice in choices}
    return {name: back.get(value, value) for name, value in configuration.items()}


def _word(value: Value, words: Mapping[str, str]) -> Value:
    return words.get(value, value) if isinstance(value, str) else value
