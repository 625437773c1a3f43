"""Images as the engine takes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curvewise.data.examples import Targets


@dataclass(frozen=True)
class Images:
    """N images of one size, with S channels."""

    pixels: NDArray[np.float32]
    """(N, S, height, width), standardised."""
    targets: Targets
    """(N,) class codes 0..C-1, or (N, 1) standardised numbers."""

    @property
    def rows(self) -> int:
        """N."""
        return len(self.pixels)

    @property
    def inputs(self) -> tuple[NDArray[Any], ...]:
        """pixels."""
        return (self.pixels,)

    @property
    def steps(self) -> None:
        """An image has one target."""
        return

    def first(self, rows: int) -> Images:
        """The first images alone."""
        return Images(self.pixels[:rows], self.targets[:rows])
