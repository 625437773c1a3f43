"""What the article's expert keeps in mind: the best so far, and what has been tried."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace

from curvewise.records import Configuration, Opened, Value
from curvewise.search.article.move import Move, Rule, judged
from curvewise.search.article.result import Result
from curvewise.search.article.roles import Role, Roles
from curvewise.space.space import Space

Moves = Generator[Move, Result, bool]
"""Yields moves, is sent what came of each, and returns whether any was kept."""


@dataclass(frozen=True)
class Try:
    """What is tried: new values by role, and the words that go with it."""

    changes: Mapping[Role, Value]
    rule: Rule
    reason: str
    back: str
    sure: bool = False
    raced: bool = False


class Notebook:
    """One expert's; changes with every result that ``attempt`` is sent."""

    def __init__(self, opened: Opened) -> None:
        self.opened = opened
        self.roles = Roles(Space.described(opened.space))
        self.best: Result | None = None
        self.last: Result | None = None
        """Of the newest trial, kept or not."""
        self._tried: set[Configuration] = set()

    @property
    def configuration(self) -> Configuration:
        """The best so far, or where the article starts."""
        return self.roles.start() if self.best is None else self.best.configuration

    def value(self, role: Role) -> Value:
        """The role's value in the best configuration so far; raises KeyError where nothing plays it."""
        return self.configuration[self.roles.name(role) or role]

    def attempt(self, tried: Try) -> Moves:
        """Train the best configuration with some changes; nothing where that is outside or was tried."""
        configuration = self._changed(tried.changes)
        if configuration is None or configuration in self._tried:
            return False
        move = Move(configuration, tried.rule, tried.reason, tried.back, self.best, tried.sure, tried.raced)
        result = yield move
        self._tried |= {configuration, result.configuration}
        self.last = result
        kept = judged(move, result, self.opened).kept
        self.best = result if kept else self.best
        return kept

    def also(self, tried: Try, changes: Mapping[Role, Value], reason: str) -> Try:
        """The same with more changed."""
        return replace(tried, changes={**tried.changes, **changes}, reason=reason)

    def _changed(self, changes: Mapping[Role, Value]) -> Configuration | None:
        """None where a role is not there or fixed, or a value outside its range."""
        values: dict[str, Value] = {}
        for role, value in changes.items():
            name = self.roles.name(role)
            if name is None or self.roles.space[name].fixed:
                return None
            if not self.roles.space[name].domain.contains(value):
                return None
            values[name] = value
        return self.roles.space.canonical(self.configuration.replace(values))
