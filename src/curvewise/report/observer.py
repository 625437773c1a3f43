"""Who watches a study while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from curvewise.curves.ledger import Ledger
from curvewise.records import Event


class Observer(Protocol):
    """Told of events as soon as the history has them; never writes to the history."""

    def events(self, ledger: Ledger, events: Sequence[Event]) -> None:
        """These ``events`` were appended and are part of ``ledger`` now."""
        ...

    def stopping(self) -> bool:
        """True: finish the epoch, save, end."""
        ...
