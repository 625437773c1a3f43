"""What came of one trial: its error, how sure that is, and what the article's expert sees in its curve."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from curvewise.curves.chance import chance
from curvewise.curves.features import ENOUGH, features
from curvewise.curves.ledger import Entry
from curvewise.curves.noise import noise_level
from curvewise.curves.of_trial import run_of
from curvewise.curves.run import Series
from curvewise.diagnosis.signs.health import healthy
from curvewise.diagnosis.signs.table import told
from curvewise.records import Configuration, Finding, Opened
from curvewise.search.signs import NOTHING, OVERSHOT

Reading = Literal["diverged", "too high", "too low", "stuck", "overfits", "good", "untold"]
"""diverged, too high, too low: what the learning rate is by the article's fourth and second picture · stuck:
it oscillates above the bottom · overfits: training is much better than validation · good: its first and third
picture · untold: the curve does not say."""

STUCK = frozenset({"oscillating on a plateau", "restless until the rate ran out"})
HIGH = frozenset({"diverging", "shot up at the start"})
OVERFITS = frozenset({"overfitting", "learned by heart"})
UNFINISHED = frozenset(
    {"too slow", "hardly moved", "stopped by its schedule", "few steps", "could train longer"}
)
"""Signs of curves that a larger learning rate would have taken further in the same epochs."""

WORDS = {
    "oscillating on a plateau": "it swings and falls no more",
    "restless until the rate ran out": "it swung until the rate ran out",
    "diverging": "it rises",
    "shot up at the start": "it shot up at the start",
    "too slow": "it falls too slowly",
    "hardly moved": "its weights hardly moved",
    "stopped by its schedule": "it still fell when the rate ran out",
    "few steps": "it had too few steps",
    "hardly begun": "it has hardly begun",
    "lost start": "it lost its start",
    "could train longer": "it still falls at the end",
    "not learning": "it learns nothing",
    "constant answer": "it gives one answer to everything",
    "slow start": "it starts slowly",
    "overfitting": "it overfits",
    "learned by heart": "it learns by heart",
}
"""Signs as half a sentence."""


@dataclass(frozen=True)
class Result:
    """A trial that has ended."""

    trial: int
    configuration: Configuration
    error: float
    """Least validation error; infinite where there is none."""
    loss: float
    """Validation loss of the same epoch."""
    standard_error: float
    """Of this error's difference to another network's on the same rows."""
    reading: Reading
    words: str
    """What the curve shows, as half a sentence."""
    finding: Finding | None
    """The sign that says so."""
    early: bool
    """Early stopping ended it: it had stopped getting better."""

    @property
    def merit(self) -> tuple[float, float]:
        """Error, then loss: the less the better."""
        return self.error, self.loss


def result_of(entry: Entry, opened: Opened, *, early: bool) -> Result:
    """Read a trial that has ended; ``early``: because it had stopped getting better. Pure."""
    reading, words, found = _read(entry, opened)
    best = entry.curve.best
    error, loss = (math.inf, math.inf) if best is None or best.diverged else best.merit
    trial = entry.trial
    sure = standard_error(entry, error, opened)
    return Result(trial.number, trial.configuration, error, loss, sure, reading, words, found, early)


def standard_error(entry: Entry, error: float, opened: Opened) -> float:
    r"""Of the difference between two networks' errors on the same n validation rows, one seed each.

    .. math:: \sqrt{e (1 - e) / n}, \qquad e / \sqrt{2 n}

    for a share e of wrong rows, and for an RMSE e: the binomial's and the normal's standard error times
    sqrt(2 (1 - r)), with a correlation r = 1/2 between the networks' rows, since they fail at the same ones
    (ours). Where rows are not told, or for nats, and where it is more: how far the errors of single epochs
    lie from their curve.
    """
    points = [point for point in entry.curve.points if math.isfinite(point.valid_error)]
    places = np.array([float(point.epoch) for point in points])
    errors = np.array([point.valid_error for point in points])
    noise = noise_level(Series(places, errors)) if len(points) >= ENOUGH else 0.0
    rows = opened.rows.get("valid", 0)
    if not rows or not math.isfinite(error):
        return noise
    if opened.task == "classification":
        return max(noise, math.sqrt(error * (1 - error) / rows))
    return max(noise, error / math.sqrt(2 * rows)) if opened.task == "regression" else noise


def _read(entry: Entry, opened: Opened) -> tuple[Reading, str, Finding | None]:
    points = entry.curve.points
    if not points:
        return "untold", "it could not be trained", None
    seen = features(run_of(entry.trial, points, opened))
    found = [finding for _, finding in told(seen)]
    first = next(iter(found), None)
    if points[-1].diverged:
        return "diverged", f"its loss was no finite number after epoch {len(points)}", first
    for finding in found:
        reading = _of_sign(finding)
        if reading is not None:
            return reading, _words(finding), finding
    fine = healthy(seen)
    if fine is not None:
        falls = "it falls steadily" if fine.sign == "healthy" else "up and down, and yet it falls"
        return "good", falls, fine
    return _by_level(entry, opened)


def _of_sign(finding: Finding) -> Reading | None:
    """What a sign says about the article's question; None for one that is about something else."""
    if finding.sign in STUCK:
        return "stuck"
    if finding.sign in OVERFITS:
        return "overfits"
    if finding.sign in HIGH or (finding.hyperparameter, finding.direction) == ("learning_rate", "lower"):
        return "too high"
    if finding.sign in UNFINISHED or (finding.hyperparameter, finding.direction) == (
        "learning_rate",
        "raise",
    ):
        return "too low"
    return None


def _words(finding: Finding) -> str:
    return WORDS.get(finding.sign, f"it shows {finding.sign}")


def _by_level(entry: Entry, opened: Opened) -> tuple[Reading, str, Finding | None]:
    """Of a few points no sign says anything: by how far the loss came from what guessing costs."""
    guessing = chance(run_of(entry.trial, (), opened))
    least = min(point.valid_loss for point in entry.curve.points)
    if guessing is None or least < (1 - NOTHING) * guessing.loss:
        return (
            "untold",
            "the curve is too short to say more" if entry.curve.age < ENOUGH else "it levels off",
            None,
        )
    if least > OVERSHOT * guessing.loss:
        return "too high", "worse than guessing: its steps overshoot", None
    return "too low", "no better than guessing yet", None
