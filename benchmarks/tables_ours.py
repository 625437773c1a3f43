"""curvewise's race on a recorded problem: what drives a cohort drives the recorder."""

from __future__ import annotations

from curvewise.records import Configuration, Decided, Observed, Value
from curvewise.search.thaw import Thaw
from curvewise.space.domain import Choice, Domain, Integer, Real
from curvewise.space.hyperparameter import Hyperparameter
from curvewise.space.space import Space
from curvewise.tables import Recorded, beginning
from tables_problem import Dimension, Problem
from tables_recorder import Recorder
from tables_start import first


def ours(problem: Problem, recorder: Recorder, seed: int) -> None:
    """Race until the budget is spent."""
    race = Thaw([Configuration(dict(each)) for each in problem.configurations])
    trainer = Recorded(recorder)
    race.see([beginning(problem.name, space(problem), problem.horizon, recorder.budget, seed)])
    while race.ledger.ended is None:
        decisions = race.decide(0.0)
        if decisions:
            race.see([Decided(0.0, decisions)])
            trainer.start([each.start for each in decisions if each.start is not None])
        else:
            race.see([Observed(0.0, trainer.advance(race.round()))])


def space(problem: Problem) -> Space:
    """The problem's dimensions; their defaults are where the article would begin, as the product's are."""
    start = first(problem)
    return Space(tuple(_hyperparameter(each, start[each.name]) for each in problem.dimensions))


def _hyperparameter(dimension: Dimension, start: Value) -> Hyperparameter:
    domain = _domain(dimension)
    return Hyperparameter(dimension.name, domain, "optimizer", start, "the article", "", "as recorded")


def _domain(dimension: Dimension) -> Domain:
    match dimension.kind:
        case "choice":
            return Choice(dimension.choices)
        case "integer":
            return Integer(int(dimension.low), int(dimension.high), dimension.log)
        case "real":
            return Real(dimension.low, dimension.high, dimension.log, dimension.complement)
