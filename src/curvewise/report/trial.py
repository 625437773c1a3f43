"""One trial in one record: what ``show --trial N --json`` prints."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence

import msgspec

from curvewise.curves.ledger import Entry, Ledger
from curvewise.errors import UsageError
from curvewise.records import Decided, Decision, Event, Failed, Finding, Origin, Point, Value
from curvewise.report.signs import signs_of


class Moment(msgspec.Struct, frozen=True):
    """One epoch of a trial; ``null`` where a number is not finite."""

    epoch: int
    step: int
    seconds: float
    train_loss: float | None
    train_error: float | None
    valid_loss: float | None
    valid_error: float | None
    learning_rate: float
    gradient_norm: float | None
    update_ratio: float | None
    update_ratios: list[float | None]
    """The same of each group of layers: the embeddings together if any, each hidden layer, the output."""
    dead_units: list[float | None]
    """Share of dead units of each hidden layer; empty where it was not measured."""
    gradient_power: float | None
    """Squared norm of the true gradient, as the last 8 minibatches estimate it."""
    gradient_variance: float | None
    """Variance of one example's gradient, summed over the parameters."""
    noise_scale: float | None
    """Their ratio, in examples: how large a minibatch is worth while."""
    examples_per_second: float | None


class Ruling(msgspec.Struct, frozen=True):
    """One decision about a trial, at ``elapsed`` wall seconds of the study."""

    elapsed: float
    action: str
    rule: str
    reason: str


class Failure(msgspec.Struct, frozen=True):
    """Why a trial could not be trained, and where in the program that was."""

    reason: str
    traceback: str


class TrialReport(msgspec.Struct, frozen=True):
    """One trial: what it was, how it went, what was decided about it and why."""

    study: str
    task: str
    trial: int
    configuration: dict[str, Value]
    seed: int
    horizon: int
    """Planned epochs."""
    origin: Origin
    parent: int | None
    status: str
    best: Moment | None
    """The epoch of the least validation error."""
    failure: Failure | None
    """Null for all but trials that could not be trained."""
    decisions: list[Ruling]
    findings: list[Finding]
    curve: list[Moment]
    command: str
    """The command line that began the study, in which this trial recurs."""
    space: str
    """A space file that fixes this configuration, to train it again."""
    rerun: str
    """The command line that trains this configuration again with that space file."""


def describe(events: Sequence[Event], ledger: Ledger, number: int) -> TrialReport:
    """Everything observed of trial ``number``; raises UsageError where there is no such trial."""
    entry = ledger.entries.get(number)
    if entry is None:
        raise UsageError(f"there is no trial {number}; {_known(ledger)}")
    trial, best = entry.trial, entry.curve.best
    opened = ledger.opened
    return TrialReport(
        study=opened.study if opened else "",
        task=opened.task if opened else "",
        trial=number,
        configuration=dict(trial.configuration.values),
        seed=trial.seed,
        horizon=trial.horizon,
        origin=trial.origin,
        parent=trial.parent,
        status=entry.status,
        best=_moment(best) if best else None,
        failure=_failure(events, number),
        decisions=_rulings(events, number),
        findings=signs_of(ledger, number),
        curve=[_moment(point) for point in entry.curve.points],
        command=opened.command if opened else "",
        space=_space(entry),
        rerun=_rerun(ledger, entry),
    )


def _known(ledger: Ledger) -> str:
    numbers = list(ledger.entries)
    return f"the study has trials {numbers[0]} to {numbers[-1]}" if numbers else "the study has no trials yet"


def _moment(point: Point) -> Moment:
    numbers = msgspec.structs.asdict(point) | {"noise_scale": point.noise_scale}
    return msgspec.convert({name: _finite(number) for name, number in numbers.items()}, Moment)


def _finite(number: object) -> object:
    """A number, or each of several; None for one that is not finite."""
    if isinstance(number, tuple):
        return [_finite(each) for each in number]
    return None if isinstance(number, float) and not math.isfinite(number) else number


def _failure(events: Sequence[Event], number: int) -> Failure | None:
    failed = (event for event in events if isinstance(event, Failed) and event.trial == number)
    return next((Failure(event.reason, event.traceback) for event in failed), None)


def _rulings(events: Sequence[Event], number: int) -> list[Ruling]:
    return [
        Ruling(event.elapsed, decision.action, decision.rule, decision.reason)
        for event in events
        if isinstance(event, Decided)
        for decision in event.decisions
        if _concerns(decision, number)
    ]


def _concerns(decision: Decision, number: int) -> bool:
    return decision.trial == number or (decision.start is not None and decision.start.number == number)


def _space(entry: Entry) -> str:
    """TOML; JSON's strings, numbers and booleans are TOML's, too."""
    values = entry.trial.configuration.values
    return "".join(f"{name} = {msgspec.json.encode(value).decode()}\n" for name, value in values.items())


def _rerun(ledger: Ledger, entry: Entry) -> str:
    """Three seeds of the configuration need three horizons of epochs at most, and one to find them."""
    opened, trial = ledger.opened, entry.trial
    words = ["curvewise", "tune", opened.source if opened else "DATA"]
    if opened and opened.target:
        words += ["--target", opened.target]
    if opened and opened.model != "auto":
        words += ["--model", opened.model]
    if opened and opened.asked_rows is not None:
        words += ["--rows", str(opened.asked_rows)]
    words += ["--space", f"trial-{trial.number}.toml", "--budget", f"{4 * trial.horizon}e"]
    return shlex.join([*words, "--seed", str(opened.seed if opened else 0)])
