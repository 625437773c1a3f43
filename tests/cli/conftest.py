"""A study that costs nothing: stands in for ``curvewise.tune`` and, with it, for torch."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from curvewise.curves.ledger import Ledger
from curvewise.records import Event
from tests.report.histories import finished


@dataclass
class MadeUpStudy:
    """What ``tune`` returns."""

    ledger: Ledger
    folder: Path = Path("runs/digits-1")
    interrupted: bool = False


@dataclass
class MadeUpTune:
    """Plays a history to the observer, as the study loop does, until it says stop."""

    events: Sequence[Event] = field(default_factory=finished)
    meanwhile: Callable[[int], None] = lambda _: None
    """Called before each event with its number."""
    asked: dict[str, Any] = field(default_factory=dict)

    def __call__(self, *positional: Any, observer: Any, **keywords: Any) -> MadeUpStudy:
        self.asked = {"positional": positional, **keywords}
        ledger = Ledger()
        for number, event in enumerate(self.events):
            self.meanwhile(number)
            ledger.apply(event)
            observer.events(ledger, [event])
            if observer.stopping():
                return MadeUpStudy(ledger, interrupted=True)
        return MadeUpStudy(ledger)


@pytest.fixture
def tune(monkeypatch: pytest.MonkeyPatch) -> MadeUpTune:
    """In place of both ``curvewise.tune.tune`` and ``curvewise.tune.resume``."""
    made_up = MadeUpTune()
    module = ModuleType("curvewise.tuning")
    module.__dict__.update(tune=made_up, resume=made_up)
    monkeypatch.setitem(sys.modules, "curvewise.tuning", module)
    return made_up
