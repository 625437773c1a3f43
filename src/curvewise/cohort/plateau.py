"""The decay that waits for a plateau: a slot's rate falls when its own validation loss no longer does.

The rule and the constants of torch.optim.lr_scheduler.ReduceLROnPlateau (mode ``min``, relative
threshold, no cooldown, no least rate); no torch here.
"""

from __future__ import annotations

import math

import msgspec
import numpy as np

from curvewise.cohort.slots import State

FACTOR = 0.1
"""What the rate is multiplied by."""
THRESHOLD = 1e-4
"""A loss counts as better where it is below ``best x (1 - THRESHOLD)``."""
LEAST_CHANGE = 1e-8
"""A change of the rate smaller than this is not made."""


class Plateau(msgspec.Struct, frozen=True):
    """What the rule knows of one slot."""

    best: float = math.inf
    """The lowest validation loss so far."""
    bad_epochs: int = 0
    """Epochs since then, or since the last drop."""
    share: float = 1.0
    """Of the schedule's peak: 1, 0.1, 0.01, ..."""

    def after(self, valid_loss: float, patience: int, peak: float) -> Plateau:
        """After one more epoch: the rate drops once more than ``patience`` epochs in a row were no better."""
        if valid_loss < self.best * (1 - THRESHOLD):
            return Plateau(valid_loss, 0, self.share)
        bad = self.bad_epochs + 1
        if bad <= patience:
            return Plateau(self.best, bad, self.share)
        lower = self.share * FACTOR
        return Plateau(self.best, 0, lower if peak * (self.share - lower) > LEAST_CHANGE else self.share)

    def state(self) -> State:
        """``plateau``, float64 (3,): part of a slot's state."""
        return {"plateau": np.array([self.best, self.bad_epochs, self.share], dtype=np.float64)}

    @classmethod
    def of(cls, state: State) -> Plateau:
        """As ``state`` has it; a new one where it has none."""
        if "plateau" not in state:
            return cls()
        best, bad, share = state["plateau"].tolist()
        return cls(best, int(bad), share)
