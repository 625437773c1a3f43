from __future__ import annotations

import math

import msgspec
import pytest

from curvewise.curves.curve import Curve
from curvewise.curves.ledger import Ledger
from curvewise.diagnosis.signs.divergence import diverging
from curvewise.records import Found, Observed, Restored
from curvewise.search.limits import Limits
from tests.search import analytic


def test_a_curve_takes_epochs_in_order_only() -> None:
    events = analytic.run(Limits(math.inf, 40, 1, 0.0))
    points = next(event.points for event in events if isinstance(event, Observed))
    curve = Curve()
    curve.add(points[0])
    with pytest.raises(ValueError, match="epoch 1 after epoch 1"):
        curve.add(points[0])


def test_points_after_a_restored_epoch_are_void() -> None:
    events = analytic.run(Limits(math.inf, 200, 1, 0.0))
    last = max(i for i, event in enumerate(events) if isinstance(event, Observed))
    ledger = Ledger.of(events[: last + 1])
    running = [n for n in ledger.running() if ledger.entries[n].curve.age >= 3]
    number, before = running[0], ledger.slot_epochs
    age = ledger.entries[number].curve.age
    ledger.apply(Restored(number, 1))
    entry = ledger.entries[number]
    assert entry.curve.age == 1
    assert entry.curve.best == entry.curve.points[0]
    assert ledger.slot_epochs == before - (age - 1)
    again = msgspec.structs.replace(entry.curve.points[0], epoch=2)
    ledger.apply(Observed(ledger.elapsed, [again]))
    assert entry.curve.age == 2


def test_a_sign_in_a_void_point_is_void_too() -> None:
    events = analytic.run(Limits(math.inf, 60, 1, 0.0))
    first = next(i for i, event in enumerate(events) if isinstance(event, Observed))
    ledger = Ledger.of(events[: first + 1])
    seen = diverging(msgspec.structs.replace(events[first].points[0], valid_loss=math.inf))  # type: ignore[union-attr]
    assert seen is not None
    ledger.apply(Found([seen]))
    ledger.apply(Restored(seen.trial + 1, 0))
    assert ledger.findings == [seen]
    ledger.apply(Restored(seen.trial, 0))
    assert ledger.findings == []


def test_the_best_point_is_the_least_error_and_never_a_diverged_one() -> None:
    events = analytic.run(Limits(math.inf, 60, 1, 0.0))
    point = next(event.points[0] for event in events if isinstance(event, Observed))
    curve = Curve()
    for epoch, (error, loss) in enumerate(
        [(0.3, 1.0), (0.2, 0.9), (0.2, 0.8), (0.2, 0.8), (0.0, math.inf)], 1
    ):
        curve.add(msgspec.structs.replace(point, epoch=epoch, valid_error=error, valid_loss=loss))
    assert curve.best is not None and curve.best.epoch == 3
