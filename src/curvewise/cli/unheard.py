"""Streams that nobody reads: a study is not to end because its talk cannot be written."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, redirect_stderr, redirect_stdout, suppress
from typing import Any, TextIO, cast, final


@final
class Unheard:
    """A stream that drops what it cannot write: its reader has gone, or its disk is full."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write what can be written."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Pass on what can be passed on."""
        with suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def bearable_streams() -> ExitStack:
    """While entered, stderr drops what it cannot write, and streams that were closed lead nowhere."""
    stack = ExitStack()
    if sys.stdout is None:
        stack.enter_context(redirect_stdout(stack.enter_context(_nowhere())))
    talk = stack.enter_context(_nowhere()) if sys.stderr is None else sys.stderr
    stack.enter_context(redirect_stderr(cast(TextIO, Unheard(talk))))
    return stack


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")
