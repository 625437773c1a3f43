"""curvewise's race after so many trials, for ``proposals.py``, which starts it.

python benchmarks/proposals_ours.py seven 1000 200
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

import proposals_formula as formula
from curvewise.records import Decided, Decision, Observed, Point, Trial
from curvewise.search.thaw import Thaw
from curvewise.space.defaults import perceptron_space
from curvewise.space.domain import Domain, Integer, Real
from curvewise.space.hyperparameter import Hyperparameter
from curvewise.space.space import Space
from curvewise.tables import beginning
from proposals_formula import Clock

LCBENCH: dict[str, Domain] = {
    "batch_size": Integer(16, 512, log=True),
    "learning_rate": Real(1e-4, 0.1, log=True),
    "momentum": Real(0.1, 0.99),
    "weight_decay": Real(1e-5, 0.1),
    "num_layers": Integer(1, 5),
    "max_units": Integer(64, 1024, log=True),
    "max_dropout": Real(0.0, 1.0),
}
"""Its seven hyperparameters (Zimmer et al. 2021, arXiv 2006.13799)."""


def main(arguments: Sequence[str]) -> None:
    """Print the figures of one space and number of trials as JSON."""
    space, trials, decisions = arguments[0], int(arguments[1]), int(arguments[2])
    study = Study(seven() if space == "seven" else perceptrons())
    before = formula.resident_mb()
    study.begin(trials)
    history = sum(study.saw.processor) / trials
    study.saw, deciding = Clock(), Clock()
    for _ in range(decisions):
        study.follow(deciding.timed(study.decide))
    (usual, slow), (wall, wall_slow) = map(formula.quantiles, (deciding.processor, deciding.wall))
    found = {
        "decide_ms": usual,
        "decide_p95_ms": slow,
        "wall_ms": wall,
        "wall_p95_ms": wall_slow,
        "see_ms": round(sum(study.saw.processor) / decisions, 3),
        "history_ms": round(history, 3),
        "memory_mb": round(formula.resident_mb() - before, 1),
    }
    print(json.dumps(found))


class Study:
    """A race that is told what a study would tell it."""

    def __init__(self, space: Space) -> None:
        self.space, self.saw, self._race = space, Clock(), Thaw()
        self._race.see([beginning("formula", space, formula.HORIZON, 10**8, 0)])

    def begin(self, trials: int) -> None:
        """Tell a history of so many trials."""
        units = formula.places(self.space.dimension, trials)
        for number, age in enumerate(formula.ages(trials)):
            trial = Trial(number, self.space.from_unit(units[number]), number, formula.HORIZON, "model")
            self.follow([Decision("start", "begin", "", {"until": 3.0}, number, trial)])
            if age > 3 and self._race.ledger.running()[-1:] == [number]:
                self.follow([Decision("promote", "goes on", "", {"until": float(age)}, number)])

    def decide(self) -> list[Decision]:
        """The race's decisions, of which one is a move."""
        return self._race.decide(0.0)

    def follow(self, decisions: list[Decision]) -> None:
        """Do as was decided, until the next decision is due."""
        self._tell(Decided(0.0, decisions))
        while numbers := self._race.round():
            self._tell(Observed(0.0, [self._point(number) for number in numbers]))
        ended = [entry for entry in self._ended(decisions) if entry is not None]
        if ended:
            self._tell(Decided(0.0, ended))

    def _ended(self, decisions: list[Decision]) -> list[Decision | None]:
        """What frees the slots of trials that are done, so that every call decides on a move."""
        return [self._finish(each.trial) for each in decisions if each.trial is not None]

    def _finish(self, number: int) -> Decision | None:
        entry = self._race.ledger.entries[number]
        last = entry.curve.last
        over = entry.curve.age >= formula.HORIZON or (last is not None and last.diverged)
        return Decision("finish", "done", "", {"epoch": 1.0}, number) if over else None

    def _tell(self, event: Decided | Observed) -> None:
        self.saw.timed(lambda: self._race.see([event]))

    def _point(self, number: int) -> Point:
        entry = self._race.ledger.entries[number]
        age = entry.curve.age + 1
        error = formula.error(self.space.to_unit(entry.trial.configuration), age)
        return Point(number, age, age, float(age), error, error, error, error, 0.1, 1.0, 0.001)


def seven() -> Space:
    """LCBench's."""
    return Space(
        tuple(
            Hyperparameter(name, domain, "optimizer", domain.from_unit(0.5), "LCBench", "", "as recorded")
            for name, domain in LCBENCH.items()
        )
    )


def perceptrons() -> Space:
    """The product's, for a table of 10,000 rows."""
    return perceptron_space(
        task="classification",
        rows=10_000,
        features=20,
        inputs=20,
        embedded_columns=2,
        classes=3,
        encodings=("plain", "piecewise"),
    )


if __name__ == "__main__":
    main(sys.argv[1:])
