"""What ``curvewise importance --json`` prints."""

from __future__ import annotations

import msgspec

from curvewise.curves.ledger import Ledger
from curvewise.report.importance.importance import Importance, importances


class Importances(msgspec.Struct, frozen=True):
    """What every hyperparameter did in one study."""

    study: str
    folder: str
    task: str
    metric: str
    importance: list[Importance]
    """The strongest first."""


def importances_of(ledger: Ledger, folder: str = "") -> Importances:
    """The record of a study, finished or not."""
    opened = ledger.opened
    return Importances(
        study=opened.study if opened else "",
        folder=folder,
        task=opened.task if opened else "",
        metric=opened.metric if opened else "",
        importance=importances(ledger),
    )
