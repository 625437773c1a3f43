"""What a person says about a log where its names do not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Columns:
    """The names under which a log holds what matters; None is guessed. Names are columns, tags or keys."""

    x: str | None = None
    """Where a value stands: an epoch if its name says so, else a step."""
    train: str | None = None
    """The training loss, or the training error or accuracy where the name is that of one."""
    valid: str | None = None
    """The validation loss, or the validation error or accuracy where the name is that of one."""

    @property
    def given(self) -> tuple[str, ...]:
        """The names that were given."""
        return tuple(name for name in (self.x, self.train, self.valid) if name is not None)


GUESSED = Columns()
"""Nothing is given, everything guessed."""
