"""A Trainer without a network: loss curves by formula, so that a race can be watched in milliseconds."""

from __future__ import annotations

import math
from collections.abc import Callable

from curvewise.records import Compared, Decided, Decision, Event, Failed, Observed, Opened, Point, Trial
from curvewise.search.limits import Limits
from curvewise.search.race import Race
from curvewise.space.defaults import perceptron_space
from curvewise.space.space import Space

ROWS = 1000


def space() -> Space:
    return perceptron_space(
        task="classification",
        rows=ROWS,
        features=20,
        inputs=20,
        embedded_columns=0,
        classes=3,
        encodings=("plain", "piecewise"),
    )


def opened(searched: Space, budget: str, threads: int, seed: int = 0) -> Opened:
    return Opened(
        study="analytic",
        task="classification",
        metric="error rate",
        source="formula",
        target=None,
        seed=seed,
        budget=budget,
        threads=threads,
        deterministic=True,
        rows={"train": ROWS, "valid": 200, "test": 200},
        features=20,
        inputs={"plain": 20, "piecewise": 80},
        cardinalities=[],
        outputs=3,
        columns={},
        space=searched.describe(),
        fingerprint="",
        versions={},
        command="",
    )


def loss(trial: Trial, epoch: int) -> float:
    """Best at a learning rate of 0.003 and 100 units; diverges above 0.5; falls as a power of time."""
    rate, units = trial.configuration.number("learning_rate"), trial.configuration.number("units")
    if rate > 0.5:
        return math.inf
    off = abs(math.log10(rate / 0.003)) + 0.3 * abs(math.log10(units / 100))
    wobble = 0.01 * math.sin(trial.seed * 12.9898 + epoch)
    return 0.1 + 0.2 * off + 1.0 / (1 + epoch) + wobble


def point(trial: Trial, epoch: int, seconds: float) -> Point:
    value = loss(trial, epoch)
    return Point(
        trial=trial.number,
        epoch=epoch,
        step=epoch * 30,
        seconds=seconds * epoch,
        train_loss=value,
        train_error=min(1.0, value / 2),
        valid_loss=value,
        valid_error=min(1.0, value / 2) if math.isfinite(value) else math.inf,
        learning_rate=trial.configuration.number("learning_rate"),
        gradient_norm=1.0,
        update_ratio=0.001,
    )


def run(
    limits: Limits,
    *,
    seed: int = 0,
    seconds: float = 0.01,
    overhead: float = 0.0,
    searched: Space | None = None,
    history: list[Event] | None = None,
    unable: Callable[[Trial], bool] = lambda trial: False,
) -> list[Event]:
    """A whole study by formula, or the rest of one; ``seconds`` per epoch on one thread.

    ``overhead``: time lost beside training, as a share of the training. ``unable``: the trials that
    fail when they start.
    """
    searched = searched or space()
    race = Race()
    budget = f"{limits.seconds}s" if limits.timed else f"{int(limits.slot_epochs)}e"
    events: list[Event] = history or [opened(searched, budget, limits.threads, seed)]
    race.see(events)
    clock = max(0.1, race.ledger.elapsed)

    def tell(event: Event) -> None:
        events.append(event)
        race.see([event])

    for _ in range(100_000):
        if race.ledger.ended is not None:
            return events
        decisions = race.decide(clock)
        if decisions:
            tell(Decided(clock, decisions))
            started = [decision.start for decision in decisions if decision.start is not None]
            for trial in started:
                if unable(trial):
                    tell(Failed(trial.number, "it cannot", ""))
        elif race.ledger.finalised is not None and not race.ledger.running():
            tell(Compared({}))
        else:
            numbers = race.round()
            assert numbers, "a race that neither decides nor trains"
            entries = race.ledger.entries
            points = [point(entries[n].trial, entries[n].curve.age + 1, seconds) for n in numbers]
            clock += seconds * len(points) / limits.threads * (1 + overhead)
            tell(Observed(clock, points))
    raise AssertionError("the race does not end")


def replayed(events: list[Event]) -> list[tuple[Decided, list[Decision]]]:
    """Every Decided event of a history beside what a new race decides at that moment."""
    race = Race()
    pairs = []
    for event in events:
        if isinstance(event, Decided):
            pairs.append((event, race.decide(event.elapsed)))
        race.see([event])
    return pairs
