"""A study in one record: what ``--json`` prints."""

from __future__ import annotations

import math

import msgspec

from curvewise.curves.ledger import Ledger
from curvewise.records import Finding, Value
from curvewise.report.answer import answer
from curvewise.report.importance.importance import Importance, importances
from curvewise.report.narration import Move, moves
from curvewise.report.signs import signs


class Scores(msgspec.Struct, frozen=True):
    """Loss (nats per row or step, or squared error in standardised units) and error (the study's metric).

    ``null`` in JSON where the number is not finite.
    """

    loss: float | None
    error: float | None


class Best(msgspec.Struct, frozen=True):
    """The answer, or the best so far."""

    configuration: dict[str, Value]
    validation: Scores
    test: Scores | None
    """Null until the study has ended: the test set is read once."""
    seeds: list[int]
    """Seeds that this configuration was trained with."""


class Ensemble(msgspec.Struct, frozen=True):
    """The average of some of the finalists, selected greedily on validation."""

    validation: Scores
    test: Scores
    members: list[int]
    """Trial numbers; one that occurs twice counts twice."""


class Summary(msgspec.Struct, frozen=True):
    """A study, finished or not; ``best`` is null while no trial has a finite point."""

    study: str
    folder: str
    task: str
    metric: str
    best: Best | None
    ensemble: Ensemble | None
    trials: int
    slot_epochs: int
    seconds: float
    """Wall seconds, summed over resumes."""
    decisions: dict[str, int]
    """How often each rule was applied."""
    findings: list[Finding]
    """Signs in the trials' curves, by trial; of the 50 longest curves all that they show."""
    importance: list[Importance]
    """What every hyperparameter did that was varied, the strongest first."""
    policy: str = "race"
    """Who decided: ``race`` or ``article``."""
    moves: list[Move] = []
    """The article's moves, in order; empty where the race decided."""


def summarise(ledger: Ledger, folder: str = "") -> Summary:
    """Fold what is known of a study into one record."""
    opened = ledger.opened
    return Summary(
        study=opened.study if opened else "",
        folder=folder,
        task=opened.task if opened else "",
        metric=opened.metric if opened else "",
        best=_best(ledger),
        ensemble=_ensemble(ledger),
        trials=len(ledger.entries),
        slot_epochs=ledger.slot_epochs,
        seconds=round(ledger.elapsed, 3),
        decisions=dict(sorted(ledger.decisions.items())),
        findings=signs(ledger),
        importance=importances(ledger),
        policy=opened.policy if opened else "race",
        moves=moves(ledger),
    )


def _best(ledger: Ledger) -> Best | None:
    found = answer(ledger)
    if found is None:
        return None
    point = found.point
    scored = ledger.scored if ledger.scored and ledger.scored.trial == found.trial else None
    seen = {"loss": point.valid_loss, "error": point.valid_error}
    return Best(
        configuration=dict(found.configuration.values),
        validation=_scores(scored.validation if scored else seen),
        test=_scores(scored.test) if scored else None,
        seeds=list(found.seeds),
    )


def _ensemble(ledger: Ledger) -> Ensemble | None:
    scored = ledger.scored
    if scored is None or not scored.ensemble:
        return None
    return Ensemble(
        validation=_scores(scored.ensemble["validation"]),
        test=_scores(scored.ensemble["test"]),
        members=list(scored.members),
    )


def _scores(numbers: dict[str, float]) -> Scores:
    return Scores(loss=_finite(numbers["loss"]), error=_finite(numbers["error"]))


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
