"""What a running study keeps on disk beside its history: weights asked for again, the best."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file
from safetensors.numpy import save as save_tensors

from curvewise import best
from curvewise.best import Description, Member
from curvewise.cohort.recipe import recipe
from curvewise.cohort.slots import State
from curvewise.curves.ledger import Ledger
from curvewise.data.prepared import Prepared
from curvewise.errors import StoreError
from curvewise.records import Scored, Trial
from curvewise.report.answer import answer

INTERVAL = 2.0
"""Seconds between two snapshots, and between two writings of the best (docs/architecture.md, contracts)."""

_LOST = "copy it back from a backup, or start a new study; `curvewise predict` does not need it"


class Keeper:
    """Writes the study's tensors; reads them back after a resume."""

    def __init__(self, folder: Path, prepared: Prepared, versions: dict[str, str], command: str) -> None:
        self._folder, self._prepared = folder, prepared
        self._versions, self._command = versions, command
        self._kept = folder / "weights"
        self._saved_best: tuple[int, int, bool] | None = None
        self._saved_at = -INTERVAL

    def keep(self, trial: int, weights: State) -> None:
        """Write a trial's best weights, before the history says that it has ended."""
        self._kept.mkdir(exist_ok=True)
        tensors = {name: np.ascontiguousarray(array) for name, array in weights.items()}
        best.replace(self._place(trial), save_tensors(tensors))

    def kept(self, trial: int) -> State | None:
        """A trial's weights as kept; None where there are none. Raises StoreError where they are damaged."""
        path = self._place(trial)
        try:
            return dict(load_file(path)) if path.exists() else None
        except (OSError, SafetensorError) as error:
            raise StoreError(f"{path} is damaged ({error}): {_LOST}") from error

    def needed(self, trial: int) -> State:
        """A trial's weights as kept; raises StoreError where they are damaged or gone."""
        state = self.kept(trial)
        if state is None:
            raise StoreError(f"{self._place(trial)} is missing: {_LOST}")
        return state

    def _place(self, trial: int) -> Path:
        return self._kept / f"trial-{trial}.safetensors"

    def member(self, trial: Trial) -> Member:
        """How a trial's network is built."""
        split = self._prepared.split(trial.configuration.word("encoding"))
        resolved = recipe(trial.configuration, trial.horizon, split)
        return Member(
            trial.number,
            trial.seed,
            trial.configuration.values,
            trial.horizon,
            resolved.shape,
            resolved.encoding,
        )

    def best_due(self, ledger: Ledger, *, force: bool = False) -> int | None:
        """The trial whose weights should be written as the best so far; None where nothing is new."""
        found = answer(ledger)
        if found is None:
            return None
        state = (found.trial, found.point.epoch, ledger.scored is not None)
        recent = time.perf_counter() - self._saved_at < INTERVAL
        return None if state == self._saved_best or (recent and not force) else found.trial

    def save_best(self, ledger: Ledger, weights: State, members: dict[int, State]) -> None:
        """Write ``best.json`` and ``best.safetensors``; ``members`` has the average's weights by trial."""
        found, opened = answer(ledger), ledger.opened
        if found is None or opened is None:
            return
        scored = ledger.scored if ledger.scored and ledger.scored.trial == found.trial else None
        ensemble = scored.members if scored else []
        description = Description(
            format=best.FORMAT,
            study=opened.study,
            task=opened.task,
            metric=opened.metric,
            best=self.member(ledger.entries[found.trial].trial),
            ensemble=[self.member(ledger.entries[trial].trial) for trial in ensemble],
            scores=_scores(found.point.valid_loss, found.point.valid_error, scored),
            seeds=list(found.seeds),
            preprocessing=self._prepared.preprocessing,
            fingerprint=opened.fingerprint,
            versions=self._versions,
            command=self._command,
        )
        best.save(self._folder, description, weights, [members[trial] for trial in ensemble])
        self._saved_best = (found.trial, found.point.epoch, ledger.scored is not None)
        self._saved_at = time.perf_counter()


def _scores(loss: float, error: float, scored: Scored | None) -> dict[str, dict[str, float | None]]:
    if scored is None:
        return {"validation": {"loss": loss, "error": error}}
    ensemble = {f"ensemble {part}": numbers for part, numbers in scored.ensemble.items()}
    parts = {"validation": scored.validation, "test": scored.test, **ensemble}
    return {part: {**numbers} for part, numbers in parts.items()}
