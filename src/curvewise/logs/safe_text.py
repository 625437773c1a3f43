"""Names as they may be shown: logs and their folders come from anywhere."""

from __future__ import annotations

LONGEST = 200
"""Characters of a name that are shown."""


def shown(name: str) -> str:
    r"""A name without anything that moves a terminal's cursor: ESC becomes ``\x1b``.

    Control characters, invisible ones and bytes that are no text are written as escapes; very long names are
    cut in the middle.
    """
    if len(name) > LONGEST:
        name = f"{name[: LONGEST // 2]}...{name[-LONGEST // 2 :]}"
    return "".join(c if c.isprintable() else _escaped(c) for c in name)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")
