"""A study as a person holds it: its history, its answer."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from curvewise.best import Best, Predictor, load
from curvewise.curves.ledger import Ledger
from curvewise.errors import StudyError
from curvewise.report.importance.importance import Importance, importances
from curvewise.report.notebook import mimebundle
from curvewise.report.summary import Summary, summarise
from curvewise.report.text import renderable
from curvewise.store.history import History

DATABASE = "study.db"


class Study:
    """A study on disk, finished or not; prints itself in terminals and notebooks."""

    def __init__(self, folder: Path, ledger: Ledger, *, interrupted: bool = False) -> None:
        self.folder, self.ledger = folder, ledger
        self.interrupted = interrupted
        """True where it was stopped before its budget was spent."""

    @classmethod
    def open(cls, folder: Path | str) -> Study:
        """Read the study in ``folder``; raises StudyError where there is none, StoreError where damaged."""
        path = Path(folder)
        if not (path / DATABASE).exists():
            raise StudyError(f"{path} is not a study: it has no {DATABASE}")
        with History.open(path / DATABASE, readonly=True) as history:
            ledger = Ledger.of(event for _, event in history.since(0))
        return cls(path, ledger, interrupted=ledger.ended is None)

    @cached_property
    def best(self) -> Best:
        """The answer, or the best so far; raises StudyError where nothing has been trained yet."""
        return load(self.folder)

    @property
    def ensemble(self) -> Predictor | None:
        """The finalists' average, with its own scores in ``best.scores``; None where there is none."""
        return self.best.ensemble

    def summary(self) -> Summary:
        """Everything that ``--json`` prints, as a record."""
        return summarise(self.ledger, str(self.folder))

    def importance(self) -> list[Importance]:
        """What every hyperparameter did that was varied, the strongest first."""
        return importances(self.ledger)

    def __rich__(self) -> Any:
        return renderable(self.ledger, str(self.folder))

    def __repr__(self) -> str:
        return f"Study({str(self.folder)!r}: {len(self.ledger.entries)} trials)"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return mimebundle(self.ledger, str(self.folder))
