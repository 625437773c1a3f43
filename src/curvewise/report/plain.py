"""Anything that rich can draw, as plain text."""

from __future__ import annotations

import io

from rich.console import Console, RenderableType


def as_plain(content: RenderableType, width: int = 80) -> str:
    """What any renderable looks like on paper: without colours or control codes."""
    console = Console(
        file=io.StringIO(), width=width, color_system=None, force_terminal=False, highlight=False
    )
    with console.capture() as capture:
        console.print(content, crop=False)
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"
