"""What the race reads off a trial's curve: why it is behind, and that it will not come back.

Of a few points no sign of ``curvewise.diagnosis`` says anything, since one run alone cannot tell a slow start
from a hopeless one. A race can: it has the others of the same age. What their levels show is a finding like
any other, blamed on what the trial's settings and updates give as evidence, and goes into the decision.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from curvewise.curves.chance import Chance, chance
from curvewise.curves.features import Features, features
from curvewise.curves.ledger import Entry
from curvewise.curves.of_trial import run_of
from curvewise.curves.run import Quantity
from curvewise.curves.shape import shape
from curvewise.diagnosis.certainty import APART
from curvewise.diagnosis.findings import finding
from curvewise.diagnosis.signs.table import live, told
from curvewise.diagnosis.suspect import Suspect
from curvewise.diagnosis.suspects import suspect
from curvewise.records import Finding, Opened, Point
from curvewise.search.standings import AgeTable

NOTHING = 0.05
"""Share of the way from guessing to a loss of 0 that a trial which learned anything has gone, as the sign
"not learning" has it (``diagnosis/signs/no_learning.py``)."""

SOME = 0.2
"""Share of the way that half of the others must have gone before anyone is told to be slow: four times what
counts as nothing. Where classes overlap, as in most tables, nobody gets near a loss of 0. Ours."""

SLOW = 1 / 3
"""Of what half of the others have gone. Ours; it decides nothing, since the trial is stopped for its rank."""

OVERSHOT = 1.5
"""Times the loss of guessing: smaller steps do not lead there. Half of what is lenient for a first loss
(``measurements.ABOVE_CHANCE``), since here all epochs so far lie above it."""

EVIDENCE: tuple[Quantity, ...] = ("update_ratio", "dead_units")
"""What is read of a young trial, beside its settings: all that ``suspects`` use."""

FIRST_LOOK = 12
"""Points from which on signs are told of a run that goes on (``signs/table.py``)."""

LOST = 0.25
"""Share of its progress that a trial must have lost before its curve is read in full, which takes some
milliseconds, as long as an epoch of a small network: half of what the sign "diverging" asks for."""

STUCK = 0.9
"""Last loss over the first from which on it is read in full."""

LOST_FOR_GOOD = "diverging"
LEARNS_NOTHING = frozenset({"not learning", "constant answer"})
"""Signs that end a trial; all others are told and nothing more. Overfitting is left to early stopping, which
waits: of a loss that turns up, the error often still falls."""


def why_behind(entry: Entry, opened: Opened, table: AgeTable) -> Finding | None:
    """What a trial that is stopped for its rank has done wrong; None where it is merely behind.

    ``table``: all that reached this age. With g the loss of guessing, y the trial's least validation loss
    and m the median of all at this age, gone = 1 - y/g is to be below 0.05 ("not learning") or below a third
    of 1 - m/g ("too slow"), and 1 - m/g is at least 0.2. Pure; the updates are read only where
    that is so.
    """
    points = entry.curve.points
    guessing = chance(run_of(entry.trial, (), opened))
    if guessing is None or not table.levels:
        return None
    guess, level = guessing.loss, min(point.valid_loss for point in points)
    middle = table.levels[len(table.levels) // 2]
    gone, others = 1 - level / guess, 1 - middle / guess
    if not math.isfinite(level) or others < SOME or gone >= max(NOTHING, SLOW * others):
        return None
    learning = gone >= NOTHING
    overshot = level > OVERSHOT * guess
    blame = _overshoot(level / guess) if overshot else suspect(_young(entry, guessing, opened))
    if blame is None and learning:
        return None  # slower than others, and nothing says why
    epochs = f"{len(points)} epochs" if len(points) > 1 else "an epoch"
    what = f"after {epochs} the loss is {level:.3g}; guessing costs {guess:.3g}, and half have {middle:.3g}"
    return _of(
        entry,
        finding(
            "too slow" if learning else "not learning",
            (1.0, float(len(points))),
            {"loss": level, "guessing": guess, "median": middle},
            0.7 if learning else 0.9,
            blame or Suspect(None, "change", None, "its settings and updates are usual", "this race"),
            what,
            "the others of the same age",
        ),
    )


def beyond_recovery(entry: Entry, opened: Opened) -> Finding | None:
    """A sign of ``diagnosis`` that ends a trial, seen at this look and at the one before; else None.

    Looks are at epochs 12, 14, 17, 20, 23, ..., each 1.15 times the last, and only at trials that have lost
    some of their progress or gained little: all others cost a microsecond. The same points give the same
    answer, whatever was looked at before.
    """
    points = entry.curve.points
    before = previous_look(len(points))
    if before is None or not _doubtful(points):
        return None
    ending = {LOST_FOR_GOOD, *LEARNS_NOTHING}
    now = [each for each in _faults(entry, points, opened) if each.sign in ending]
    if not now:
        return None
    earlier = {each.sign for each in _faults(entry, points[:before], opened)}
    return next((_of(entry, each) for each in now if each.sign in earlier), None)


def previous_look(age: int) -> int | None:
    """The look before the one at ``age``; None where there is no look at ``age``, or none before it."""
    look, before = FIRST_LOOK, None
    while look < age:
        look, before = max(look + 1, math.ceil(look * APART)), look
    return before if look == age else None


def _doubtful(points: Sequence[Point]) -> bool:
    first, last = points[0].train_loss, points[-1].train_loss
    least = min(point.train_loss for point in points)
    return not (last < STUCK * first and last - least < LOST * (first - least))


def _faults(entry: Entry, points: Sequence[Point], opened: Opened) -> list[Finding]:
    found = told(features(run_of(entry.trial, points, opened)), live(len(points)))
    return [each for sign, each in found if sign.fault]


def _young(entry: Entry, guessing: Chance, opened: Opened) -> Features:
    """The settings, and what a few points tell beside the losses."""
    run = run_of(entry.trial, entry.curve.points, opened)
    run = replace(run, series={name: run.series[name] for name in EVIDENCE if name in run.series})
    shapes = {name: found for name, series in run.series.items() if (found := shape(series)) is not None}
    return Features(run, shapes, guessing, None)


def _overshoot(times: float) -> Suspect:
    because = f"at {times:.3g} times the loss of guessing, its steps overshoot"
    return Suspect("learning_rate", "lower", 0.1, because, "the article, learning rate, fourth picture")


def _of(entry: Entry, found: Finding) -> Finding:
    return msgspec.structs.replace(found, trial=entry.trial.number)
