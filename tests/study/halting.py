"""An observer that ends a study well after some rounds."""

from __future__ import annotations

from collections.abc import Sequence

from curvewise.curves.ledger import Ledger
from curvewise.records import Event, Observed


class Halting:
    """Ends the study well after some rounds."""

    def __init__(self, rounds: int) -> None:
        self._rounds = rounds

    def events(self, ledger: Ledger, events: Sequence[Event]) -> None:
        self._rounds -= any(isinstance(event, Observed) for event in events)

    def stopping(self) -> bool:
        return self._rounds <= 0
