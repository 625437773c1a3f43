"""Recorded learning curves as a Trainer: what drives a cohort drives a table, without any training."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, final

from curvewise.errors import EngineError, StoreError
from curvewise.records import Configuration, Opened, Point, Trial, Value
from curvewise.space.space import Space
from curvewise.trainer import Ability


class Curves(Protocol):
    """A table of learning curves: any object that knows the curve of a configuration.

    Rows are read one at a time, each when its epoch is trained, so that a sequence may count, or be paid
    for, as it is read.
    """

    @property
    def horizon(self) -> int:
        """Epochs that were recorded of each configuration."""
        ...

    def curve(self, configuration: Mapping[str, Value]) -> Sequence[Sequence[float]]:
        """Row e is epoch e + 1: validation error, validation loss, training loss, seconds so far.

        NaN for an error or a loss of validation that was no finite number, and for a training loss or
        seconds that were not recorded. May raise for a configuration that the table does not have.
        """
        ...


def beginning(name: str, space: Space, horizon: int, budget: int, seed: int) -> Opened:
    """The beginning of a study of recorded curves: no rows, one thread, a budget in epochs of single trials.

    ``name`` says where they are from; every trial is planned for ``horizon`` epochs.
    """
    return Opened(
        study="recorded",
        task="classification",
        metric="error",
        source=name,
        target=None,
        seed=seed,
        budget=f"{budget}e",
        threads=1,
        deterministic=True,
        rows={},
        features=0,
        inputs={},
        cardinalities=[],
        outputs=0,
        columns={},
        space=space.describe(),
        fingerprint="",
        versions={},
        command="",
        horizon=horizon,
    )


@final
class Recorded:
    """A Trainer that looks epochs up in ``curves``; every trial of a configuration has the same curve.

    What a table does not hold is told so that no sign is seen in it: a missing training loss is the
    validation's, missing seconds are one for each epoch, and gradient and updates are NaN. The seed changes
    nothing, and nothing can be forked or changed: no table holds what would have come of it.
    """

    def __init__(self, curves: Curves) -> None:
        self._curves = curves
        self._rows: dict[int, Sequence[Sequence[float]]] = {}
        self._trials: dict[int, Trial] = {}
        self._ages: dict[int, int] = {}
        self._failures: dict[int, tuple[str, str]] = {}

    @property
    def abilities(self) -> frozenset[Ability]:
        """Restore alone."""
        return frozenset({"restore"})

    def start(self, trials: Sequence[Trial]) -> None:
        """Look each trial's configuration up; one that the table does not have is among the ``failures``.

        Raises EngineError for a trial number that was given before, and where the horizon is longer than
        what was recorded.
        """
        for trial in trials:
            self._check_new(trial)
            try:
                self._open(trial, 0)
            except (KeyError, ValueError) as error:
                reason = f"{type(error).__name__}: the table has no such configuration: {error}"
                self._failures[trial.number] = (reason, "")

    def failures(self) -> dict[int, tuple[str, str]]:
        """Trials that the table does not have, since the last call: (reason, traceback)."""
        failures, self._failures = self._failures, {}
        return failures

    def advance(self, trials: Sequence[int]) -> list[Point]:
        """The next recorded epoch of each, in the order given.

        Raises EngineError, before anything is read, for a trial that has no slot or no epoch left.
        """
        for number in trials:
            self._check_running(number)
        return [self._advance(number) for number in trials]

    def stop(self, trial: int) -> None:
        """Free the trial's slot; raises EngineError where it has none."""
        self._check_running(trial, left=False)
        del self._rows[trial]

    def fork(self, parent: int, child: Trial, changes: Mapping[str, Value]) -> None:
        """Raises EngineError: no table holds a run that was changed on its way."""
        raise EngineError(
            f"trial {child.number} cannot be forked from trial {parent}: recorded curves cannot be changed "
            "on their way; ask abilities before forking"
        )

    def save(self, path: Path) -> dict[int, int]:
        """Write the epoch of every trial that has a slot; raises StoreError where that fails."""
        ages = {number: self._ages[number] for number in self._rows}
        try:
            path.write_text(json.dumps({str(number): age for number, age in ages.items()}), encoding="utf-8")
        except OSError as error:
            raise StoreError(
                f"{path} cannot be written ({error.strerror}): make room or name another"
            ) from error
        return ages

    def load(self, path: Path, trials: Sequence[Trial]) -> dict[int, int]:
        """Take up these trials at the epochs in ``path``; returns the epoch of each found there.

        Raises StoreError where the file is missing or damaged.
        """
        try:
            ages = {int(number): int(age) for number, age in json.loads(path.read_text("utf-8")).items()}
        except (OSError, ValueError, AttributeError, TypeError) as error:
            raise StoreError(f"{path} holds no epochs of recorded trials ({error})") from error
        found = [trial for trial in trials if trial.number in ages]
        for trial in found:
            self._check_new(trial)
            self._open(trial, ages[trial.number])
        return {trial.number: ages[trial.number] for trial in found}

    def _open(self, trial: Trial, age: int) -> None:
        self._rows[trial.number] = self._curves.curve(trial.configuration.values)
        self._trials[trial.number], self._ages[trial.number] = trial, age

    def _advance(self, number: int) -> Point:
        age = self._ages[number]
        error, loss, train, seconds = self._rows[number][age]
        self._ages[number] = age + 1
        diverged = not (math.isfinite(error) and math.isfinite(loss))
        valid_loss = math.inf if diverged else loss
        return Point(
            trial=number,
            epoch=age + 1,
            step=age + 1,
            seconds=seconds if math.isfinite(seconds) else float(age + 1),
            train_loss=train if math.isfinite(train) else valid_loss,
            train_error=math.inf if diverged else error,
            valid_loss=valid_loss,
            valid_error=math.inf if diverged else error,
            learning_rate=_rate(self._trials[number].configuration),
            gradient_norm=math.nan,
            update_ratio=math.nan,
        )

    def _check_new(self, trial: Trial) -> None:
        if trial.number in self._trials:
            raise EngineError(f"trial {trial.number} is in this table already; give each its own number")
        if trial.horizon > self._curves.horizon:
            raise EngineError(
                f"trial {trial.number} plans {trial.horizon} epochs and {self._curves.horizon} were "
                "recorded: plan no more than that"
            )

    def _check_running(self, number: int, left: bool = True) -> None:
        if number not in self._rows:
            raise EngineError(f"trial {number} has no slot here: never started, stopped or failed")
        if left and self._ages[number] >= self._trials[number].horizon:
            raise EngineError(f"trial {number} has had all of its {self._ages[number]} epochs; stop it")


def _rate(configuration: Configuration) -> float:
    """The learning rate, where the table has one of that name; else NaN."""
    return configuration.number("learning_rate") if "learning_rate" in configuration else math.nan
