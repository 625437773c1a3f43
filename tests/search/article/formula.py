"""Studies of the article's policy by formula: a curve for each configuration, no network."""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec

from curvewise.curves.ledger import Ledger
from curvewise.records import (
    Compared,
    Configuration,
    Decided,
    Decision,
    Event,
    Failed,
    Observed,
    Opened,
    Point,
    Trial,
)
from curvewise.search.article.article import Article
from curvewise.search.limits import Limits
from curvewise.space.space import Space
from tests.search import analytic

EPOCHS = Limits(math.inf, 4000, 1, 0.0)
TIMED = Limits(20.0, math.inf, 2, 0.4)
GUESSING = math.log(3)

Curve = Callable[[Configuration, int], float]
"""A loss after so many epochs."""


def falling(configuration: Configuration, epoch: int) -> float:
    """Best at 0.01: further away it ends higher; falls by a power of the epochs, never quite still."""
    off = abs(math.log10(configuration.number("learning_rate") / 0.01))
    return GUESSING * (0.1 + 0.2 * off + (0.9 - 0.2 * off) / (1 + epoch))


def opened(limits: Limits, searched: Space | None = None, **changes: object) -> Opened:
    budget = f"{limits.seconds}s" if limits.timed else f"{int(limits.slot_epochs)}e"
    made = analytic.opened(searched or analytic.space(), budget, limits.threads)
    return msgspec.structs.replace(made, policy="article", **changes)


def point(trial: Trial, epoch: int, curve: Curve, training: Curve | None, seconds: float) -> Point:
    loss = curve(trial.configuration, epoch)
    train = training(trial.configuration, epoch) if training else 0.9 * loss
    return Point(
        trial=trial.number,
        epoch=epoch,
        step=32 * epoch,
        seconds=seconds * epoch,
        train_loss=train,
        train_error=_error(train),
        valid_loss=loss,
        valid_error=_error(loss),
        learning_rate=trial.configuration.number("learning_rate"),
        gradient_norm=1.0,
        update_ratio=0.001,
    )


def _error(loss: float) -> float:
    """Two thirds where it is guessing among three."""
    return min(1.0, loss / (1.5 * GUESSING)) if math.isfinite(loss) else math.inf


def run(
    curve: Curve = falling,
    begin: Opened | None = None,
    *,
    training: Curve | None = None,
    limits: Limits = EPOCHS,
    history: list[Event] | None = None,
    unable: Callable[[Trial], bool] = lambda trial: False,
    seconds: float = 0.002,
) -> list[Event]:
    """A whole study, or the rest of one, of a validation loss; ``training``: a tenth less where None.

    ``seconds``: of an epoch; ``unable``: trials that fail at once.
    """
    policy = Article()
    events: list[Event] = history or [begin or opened(limits)]
    policy.see(events)
    clock = max(0.1, policy.ledger.elapsed)

    def tell(event: Event) -> None:
        events.append(event)
        policy.see([event])

    for _ in range(100_000):
        if policy.ledger.ended is not None:
            return events
        decisions = policy.decide(clock)
        if decisions:
            tell(Decided(clock, decisions))
            for decision in decisions:
                if decision.start is not None and unable(decision.start):
                    tell(Failed(decision.start.number, "it cannot", ""))
        elif policy.ledger.finalised is not None and not policy.ledger.running():
            tell(Compared({}))
        else:
            numbers, entries = policy.round(), policy.ledger.entries
            assert numbers, "a policy that neither decides nor trains"
            points = [
                point(entries[n].trial, entries[n].curve.age + 1, curve, training, seconds) for n in numbers
            ]
            clock += seconds * len(points)
            tell(Observed(clock, points))
    raise AssertionError("the study does not end")


def told(events: list[Event], action: str) -> list[Decision]:
    """All decisions of a kind, finalists' left out."""
    made = [each for event in events if isinstance(event, Decided) for each in event.decisions]
    return [each for each in made if each.action == action and "finalist" not in each.rule]


def tried(events: list[Event], name: str) -> list[object]:
    """The values that ``name`` had, move by move."""
    entries = Ledger.of(events).entries.values()
    return [e.trial.configuration[name] for e in entries if e.trial.origin != "finalist"]
