"""curvewise's race on a recorded problem: what drives a cohort drives the recorder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from curvewise.records import Configuration, Decided, Observed, Opened, Value
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

    def curve(self, configuration: Mapping[str, Value]) -> Sequence[Sequence[float]]:
        """Paid for as it is read."""
        return self.recorder.curve(configuration)


def ours(problem: Problem, recorder: Recorder, seed: int) -> None:
    """Race until the budget is spent."""
    race = Thaw([Configuration(dict(each)) for each in problem.configurations])
    trainer = Recorded(Paid(recorder))
    race.see([opened(problem, recorder.budget, seed)])
    while race.ledger.ended is None:
        decisions = race.decide(0.0)
        if decisions:
            race.see([Decided(0.0, decisions)])
            trainer.start([each.start for each in decisions if each.start is not None])
        else:
            race.see([Observed(0.0, trainer.advance(race.round()))])


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
