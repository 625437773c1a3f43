"""What the race needs of whatever trains: the Trainer protocol and its abilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol

from curvewise.records import Point, Trial, Value

Ability = Literal["fork", "change", "restore"]
"""fork: copy a running trial · change: alter a hyperparameter of a running trial · restore: save
and load the slots' tensors."""


class Trainer(Protocol):
    """Trains trials, an epoch at a time, in whatever order and way it likes.

    A trial's points depend on its configuration, seed and data alone: not on which other trials
    are trained beside it, nor on how many.
    """

    @property
    def abilities(self) -> frozenset[Ability]:
        """What this trainer can do beyond training; the race does without what is missing."""
        ...

    def start(self, trials: Sequence[Trial]) -> None:
        """Give each trial a slot, untrained; one that cannot be trained is among the ``failures``."""
        ...

    def failures(self) -> dict[int, tuple[str, str]]:
        """Trials that failed since the last call: (reason, traceback). They have no slot any more."""
        ...

    def advance(self, trials: Sequence[int]) -> list[Point]:
        """Train one more epoch of each of these trials and report a point for each."""
        ...

    def stop(self, trial: int) -> None:
        """Free the trial's slot; its best weights stay available until ``forget``."""
        ...

    def fork(self, parent: int, child: Trial, changes: Mapping[str, Value]) -> None:
        """Start ``child`` as a copy of ``parent``: weights, optimizer state and data order."""
        ...

    def save(self, path: Path) -> dict[int, int]:
        """Write every slot's tensors to ``path``; returns the epoch of each trial."""
        ...

    def load(self, path: Path, trials: Sequence[Trial]) -> dict[int, int]:
        """Take up these trials from ``path``; returns the epoch of each trial found there."""
        ...
