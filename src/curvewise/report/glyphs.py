"""The characters that pictures are drawn with, and plain ones for terminals that have no others."""

from __future__ import annotations

from dataclasses import dataclass

from curvewise.report.sparkline import BLOCKS, DIVERGED


@dataclass(frozen=True)
class Glyphs:
    """One character for each part of a picture."""

    train: str
    valid: str
    best: str
    lost: str
    """A value that is not finite."""
    above: str
    """A value above the picture."""
    tick: str
    side: str
    corner: str
    floor: str
    span_first: str
    span: str
    span_last: str
    blocks: str
    """Of a sparkline, low to high, and last what is not finite."""

    def spark(self, line: str) -> str:
        """A sparkline in these characters."""
        return line.translate(str.maketrans(BLOCKS + DIVERGED, self.blocks))


UNICODE = Glyphs("·", "•", "◆", "×", "↑", "┤", "│", "└", "─", "├", "─", "┤", BLOCKS + DIVERGED)
ASCII = Glyphs(".", "o", "*", "x", "^", "|", "|", "+", "-", "|", "-", "|", "_.-~=+*#x")


def glyphs_for(encoding: str | None) -> Glyphs:
    """The better ones where ``encoding`` has them all."""
    needed = "".join(str(value) for value in vars(UNICODE).values())
    try:
        needed.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE
