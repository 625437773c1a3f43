"""What went wrong in a worker process, as it travels to its parent; no torch here."""

from __future__ import annotations

import traceback
from dataclasses import dataclass

from curvewise.errors import EngineError, OutOfMemoryError


@dataclass(frozen=True)
class Failure:
    """What a request raised, in words: not every exception can be pickled."""

    reason: str
    trace: str
    of_memory: bool = False
    """True where the worker lacked memory, and its slot is as it was."""

    @classmethod
    def of(cls, error: Exception) -> Failure:
        """Put into words."""
        reason = str(error) if isinstance(error, EngineError) else f"{type(error).__name__}: {error}"
        return cls(reason, "".join(traceback.format_exception(error)), isinstance(error, MemoryError))

    def error(self) -> EngineError:
        """To be raised in the parent."""
        error = (OutOfMemoryError if self.of_memory else EngineError)(self.reason)
        error.add_note(f"In the worker process:\n{self.trace}")
        return error
