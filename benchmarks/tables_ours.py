"""curvewise's race on a recorded problem: what drives a cohort drives the recorder."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np

from curvewise.records import Configuration, Decided, Decision, Observed, Opened
from curvewise.search.thaw import Thaw
from curvewise.space.domain import Choice, Domain, Integer, Real
from curvewise.space.hyperparameter import Hyperparameter
from curvewise.space.space import Space
from curvewise.tables import Recorded
from tables_problem import Dimension, Problem
from tables_recorder import Recorder


@dataclass
class Paid:
    """The recorder as the Trainer's curves."""

    recorder: Recorder

    @property
    def horizon(self) -> int:
        """Epochs of a full training."""
        return self.recorder.horizon

    def curve(self, configuration: Configuration) -> object:
        """Paid for as it is read."""
        return self.recorder.curve(configuration)


def ours(problem: Problem, recorder: Recorder, seed: int) -> None:
    """Race until the budget is spent."""
    race, trainer, listed = Thaw(), Recorded(Paid(recorder)), Listed(problem)
    race.see([opened(problem, recorder.budget, seed)])
    while race.ledger.ended is None:
        decisions = [listed.snapped(each) for each in race.decide(0.0)]
        if decisions:
            race.see([Decided(0.0, decisions)])
            trainer.start([each.start for each in decisions if each.start is not None])
        else:
            race.see([Observed(0.0, trainer.advance(race.round()))])


class Listed:
    """Of a problem with a finite list: what is trained in the place of what was proposed.

    The recorder takes the nearest that is free; the race is told, as it would be by a user who rounds.
    """

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._places = np.array([problem.to_unit(each) for each in problem.configurations])
        self._free = np.ones(len(problem.configurations), dtype=bool)

    def snapped(self, decision: Decision) -> Decision:
        """The decision with the configuration that will be trained; itself where any can be."""
        if decision.start is None or not self._free.any():
            return decision
        apart = self._places - self._problem.to_unit(decision.start.configuration)
        nearest = int(np.argmin(np.where(self._free, np.sum(apart**2, axis=1), np.inf)))
        self._free[nearest] = False
        configuration = Configuration(dict(self._problem.configurations[nearest]))
        return msgspec.structs.replace(
            decision, start=msgspec.structs.replace(decision.start, configuration=configuration)
        )


def opened(problem: Problem, budget: int, seed: int) -> Opened:
    """The study's beginning, of which a recorded problem leaves most empty."""
    return Opened(
        study="recorded",
        task="classification",
        metric="error",
        source=problem.name,
        target=None,
        seed=seed,
        budget=f"{budget}e",
        threads=1,
        deterministic=True,
        rows={},
        features=0,
        inputs={},
        cardinalities=[],
        outputs=0,
        columns={},
        space=space(problem).describe(),
        fingerprint="",
        versions={},
        command="",
        horizon=problem.horizon,
    )


def space(problem: Problem) -> Space:
    """The problem's dimensions, each with the middle of its axis as default."""
    return Space(tuple(_hyperparameter(each) for each in problem.dimensions))


def _hyperparameter(dimension: Dimension) -> Hyperparameter:
    domain = _domain(dimension)
    return Hyperparameter(
        dimension.name, domain, "optimizer", domain.from_unit(0.5), "the recorded problem", "", "as recorded"
    )


def _domain(dimension: Dimension) -> Domain:
    match dimension.kind:
        case "choice":
            return Choice(dimension.choices)
        case "integer":
            return Integer(int(dimension.low), int(dimension.high), dimension.log)
        case "real":
            return Real(dimension.low, dimension.high, dimension.log, dimension.complement)
