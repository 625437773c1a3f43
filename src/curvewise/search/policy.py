"""What decides in a study: the race, or the article's way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from curvewise.curves.ledger import Ledger
from curvewise.records import Decision, Event
from curvewise.records.policy import PolicyName
from curvewise.search.article.article import Article
from curvewise.search.race import Race


class Policy(Protocol):
    """Decides from the history alone; the same history gives the same decisions, bit for bit.

    ``see`` every event in order, ``decide`` whenever a round is over, and train what ``round`` names.
    """

    @property
    def ledger(self) -> Ledger:
        """What is known of every trial."""
        ...

    def see(self, events: Iterable[Event]) -> None:
        """Take in what happened."""
        ...

    def decide(self, elapsed: float) -> list[Decision]:
        """What to do now, at so many wall seconds; empty where training should simply go on."""
        ...

    def round(self) -> list[int]:
        """Which running trials to train one more epoch now."""
        ...


def policy_named(name: PolicyName) -> Policy:
    """A policy that has seen nothing yet."""
    return Article() if name == "article" else Race()
