"""The learning rate of every step of an epoch: computed once per epoch, used by every way of training."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curvewise.cohort.recipe import Recipe
from curvewise.space.decay import UNPLANNED, factors, warmup_epochs


def learning_rates(
    recipe: Recipe, epoch: int, steps_per_epoch: int, share: float = 1.0
) -> NDArray[np.float32]:
    """The rates of ``epoch`` (from 1), one per step: (steps_per_epoch,), in the unit of the peak.

    Step ``i`` of the epoch begins ``t = epoch - 1 + i / S`` epochs after the start (S steps per
    epoch). While ``t < w`` the rate warms up linearly, ``peak x min(1, (tS + 1) / (wS))``, so that no
    step is lost at rate zero; from then on it is ``peak x f(t)`` with ``f`` and ``w`` of
    ``curvewise.space.decay``. Decays to zero reach it just after the horizon's last step. All of it is
    multiplied by ``share``, what ``plateau`` has left of the peak.
    """
    if recipe.decay in UNPLANNED and recipe.warmup == 0:
        return np.full(steps_per_epoch, recipe.learning_rate * share, dtype=np.float32)
    elapsed = epoch - 1 + np.arange(steps_per_epoch) / steps_per_epoch
    warmup = warmup_epochs(recipe.decay, recipe.horizon, recipe.warmup)
    shares = factors(recipe.decay, elapsed, recipe.horizon, warmup)
    if warmup > 0:
        rising = np.minimum(1.0, (elapsed * steps_per_epoch + 1) / (warmup * steps_per_epoch))
        shares = np.where(elapsed < warmup, rising, shares)
    return (recipe.learning_rate * share * shares).astype(np.float32)
