from __future__ import annotations

import math

import msgspec
import pytest

from curvewise.curves.ledger import Ledger
from curvewise.records import Observed
from curvewise.search.limits import Limits
from curvewise.search.pace import LEAST
from curvewise.search.race import Race
from tests.search import analytic


def test_time_lost_between_rounds_is_kept_back_for_the_finalists() -> None:
    """Half of the wall time is lost beside training; the finalists have all their epochs still."""
    limits = Limits(20.0, math.inf, 2, 0.4)
    ledger = Ledger.of(analytic.run(limits, overhead=1.0))
    assert ledger.elapsed <= limits.seconds
    cut = [e for e in ledger.entries.values() if e.trial.origin == "finalist" and e.rule == "budget over"]
    finalists = [e for e in ledger.entries.values() if e.trial.origin == "finalist"]
    assert len(finalists) >= 3
    assert not cut


def test_efficiency_is_the_share_of_the_threads_time_that_was_training() -> None:
    race = Race()
    assert race._known.pace.efficiency == 1.0
    race.see(analytic.run(Limits(10.0, math.inf, 2, 0.4), overhead=1.0))
    assert race._known.pace.efficiency == pytest.approx(0.5, abs=0.05)
    assert race._known.pace.efficiency >= LEAST


def test_time_to_read_a_large_test_set_is_kept_back() -> None:
    """With as many test rows as there are for training, four networks read them in 4/3 of an epoch."""
    limits = Limits(10.0, math.inf, 2, 0.4)
    events = analytic.run(limits)
    first = events.index(next(event for event in events if isinstance(event, Observed)))
    for tests, expected in ((0, 0.0), (700, 4 / 3), (10**9, None)):
        opening = msgspec.structs.replace(events[0], rows={"train": 700, "valid": 150, "test": tests})
        race = Race()
        race.see([opening, *events[1 : first + 1]])
        known = race._known
        kept = limits.left(known.ledger) - known.left
        assert kept == pytest.approx(2.0 if expected is None else expected * known.pace.epoch)
