"""The command line being run, as every command finds it in its context."""

from __future__ import annotations

import shlex
from dataclasses import dataclass


@dataclass(frozen=True)
class Invocation:
    """What was typed, and when."""

    arguments: tuple[str, ...]
    started: float
    """``time.perf_counter()`` when the program began: budgets count from here."""

    @property
    def command(self) -> str:
        """As one would type it again."""
        return shlex.join(["curvewise", *self.arguments])
