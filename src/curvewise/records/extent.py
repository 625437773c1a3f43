"""What one example is made of: all that costs and reports must know of it."""

from __future__ import annotations

import msgspec


class RowExtent(msgspec.Struct, frozen=True, tag="row"):
    """A row of a table."""


class SequenceExtent(msgspec.Struct, frozen=True, tag="sequence"):
    """A sequence of steps."""

    longest: int
    """Steps of the longest sequence."""
    steps: int
    """Steps of all training sequences together."""
    per_step: bool
    """True where every step has a target."""


class ImageExtent(msgspec.Struct, frozen=True, tag="image"):
    """An image."""

    channels: int
    height: int
    width: int


Extent = RowExtent | SequenceExtent | ImageExtent
