"""Races over curves by formula, a whole one in a second or so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from curvewise.curves.ledger import Ledger
from curvewise.records import Configuration, Decided, Decision, Event, Observed, Point, Value
from curvewise.search.thaw import Thaw
from curvewise.space.domain import Choice, Domain, Fixed, Integer, Real
from curvewise.space.hyperparameter import Condition, Hyperparameter
from curvewise.space.space import Space
from curvewise.tables import beginning

Formula = Callable[[Configuration, int], float]
"""The validation error of a configuration after so many epochs."""

HORIZON = 20


def hyperparameter(name: str, domain: Domain, needs: Condition | None = None) -> Hyperparameter:
    return Hyperparameter(name, domain, "optimizer", domain.from_unit(0.5), "a test", "", "a test's", needs)


def space_of(**domains: Domain) -> Space:
    return Space(tuple(hyperparameter(name, domain) for name, domain in domains.items()))


def mixed() -> Space:
    """Each kind of axis once; momentum matters with sgd alone, units and width where there are layers."""
    return Space(
        (
            hyperparameter("rate", Real(1e-4, 1.0, log=True)),
            hyperparameter("optimizer", Choice(("sgd", "adam", "lion"))),
            hyperparameter(
                "momentum", Real(0.5, 0.99, complement=True), Condition("optimizer", among=("sgd",))
            ),
            hyperparameter("layers", Integer(0, 4)),
            hyperparameter("units", Integer(4, 512, log=True), Condition("layers", least=1)),
            hyperparameter("ratio", Real(0.0, 1.0), Condition("layers", least=2)),
            hyperparameter("minibatch", Choice((16, 32, 64, 128))),
            hyperparameter("decay", Fixed("cosine")),
            hyperparameter("cycles", Integer(1, 3), Condition("decay", among=("steps",))),
        )
    )


def numbers() -> Space:
    """Four numbers."""
    return space_of(**{name: Real(0.0, 1.0) for name in "abcd"})


def bowl(configuration: Configuration, epoch: int) -> float:
    """Least, 0.1, at 0.3 of each of ``numbers``; a fall over epochs that depends on the first."""
    values = [configuration.number(name) for name in configuration]
    off = sum((value - 0.3) ** 2 for value in values)
    return 0.1 + off + (0.2 + 0.3 * values[0]) / epoch


def point(trial: int, epoch: int, error: float) -> Point:
    return Point(trial, epoch, epoch, float(epoch), error, error, error, error, 0.1, 1.0, 0.001)


def raced(
    space: Space,
    formula: Formula,
    budget: int,
    *,
    horizon: int = HORIZON,
    seed: int = 0,
    among: Sequence[Configuration] = (),
) -> list[Event]:
    """The history of a whole race."""
    race, events = Thaw(among), list[Event]()

    def tell(event: Event) -> None:
        events.append(event)
        race.see([event])

    tell(beginning("formula", space, horizon, budget, seed))
    while race.ledger.ended is None:
        decisions = race.decide(0.0)
        if decisions:
            tell(Decided(0.0, decisions))
            continue
        entries, going = race.ledger.entries, race.round()
        assert going, "a race that neither decides nor trains"
        points = [
            point(
                n, entries[n].curve.age + 1, formula(entries[n].trial.configuration, entries[n].curve.age + 1)
            )
            for n in going
        ]
        tell(Observed(0.0, points))
    return events


def replayed(events: Sequence[Event], among: Sequence[Configuration] = ()) -> list[tuple[Event, Event]]:
    """Every Decided event of a history beside what a new race decides at that moment."""
    race, pairs = Thaw(among), list[tuple[Event, Event]]()
    for event in events:
        if isinstance(event, Decided):
            pairs.append((event, Decided(0.0, race.decide(event.elapsed))))
        race.see([event])
    return pairs


def moves(events: Sequence[Event]) -> list[Decision]:
    return [each for event in events if isinstance(event, Decided) for each in event.decisions]


def best(ledger: Ledger) -> float:
    """Least error of any epoch of any trial."""
    found = [
        entry.curve.best.valid_error for entry in ledger.entries.values() if entry.curve.best is not None
    ]
    return min(found)


def repeats(ledger: Ledger) -> dict[tuple[tuple[str, Value], ...], int]:
    """Configurations that more than one trial has."""
    counts = Counter(tuple(e.trial.configuration.values.items()) for e in ledger.entries.values())
    return {configuration: count for configuration, count in counts.items() if count > 1}
