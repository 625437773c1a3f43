"""Ctrl-C: once to end well, twice to end now."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any


class Interrupt:
    """While entered, the first SIGINT or SIGTERM only sets ``asked``; the next one raises KeyboardInterrupt.

    Handlers are set in the main thread only, where Python allows it, and put back on leaving.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self.asked = False
        self.begun = False
        """Set where there is something to end well: a study that can go on later."""
        self._say = say
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interrupt:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        with suppress(RuntimeError):  # the signal came in the middle of a write to the same stream
            first = "finishing this epoch" if self.begun else "stopping before training begins"
            self._say(f"{first}; Ctrl-C again to stop now")
