"""The shapes in which a learning rate decays, as functions of the epochs elapsed.

Letters used in every equation: ``T`` the planned horizon in epochs, ``t`` the epochs elapsed since
training began (fractional within an epoch, 0 before the first step), ``w`` the warm-up in epochs.
The rate is ``peak x f(t)``; here stands ``f``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Decay = Literal["constant", "step", "exponential", "linear", "cosine", "wsd", "plateau"]
"""plateau: constant until the slot's own validation loss stops falling, see ``cohort.plateau``."""

STEP_EPOCHS = 8
"""The article: multiply the rate by 0.1 every 8 epochs."""
STEP_FACTOR = 0.1
EXPONENTIAL_END = 0.01
"""Share of the peak that the exponential decay reaches at the horizon: two step decays, the article's
figure for a horizon of 24 epochs."""
COOLDOWN = 0.2
"""Share of the horizon that warm-stable-decay spends cooling down (Hägele et al. 2024,
arXiv 2405.18392: 10 to 20 % suffice)."""
WARMUP = 0.02
"""Share of the horizon spent warming up, at most one epoch; ``constant`` and ``step`` are the
article's own schedules and have none, nor has ``plateau``, as torch has it."""
UNPLANNED = ("constant", "plateau")
"""Decays whose shape does not refer to the horizon."""
LONGEST_WARMUP = 0.5
"""Share of the horizon; however long a warm-up is asked for, half of the horizon is left to train."""
PLATEAU_PATIENCE = 10
"""Epochs without a better validation loss after which ``plateau`` lowers the rate: torch's default."""

Factors = NDArray[np.float64]


def warmup_epochs(decay: Decay, horizon: int, asked: float = 0.0) -> float:
    """Epochs ``w`` over which the rate rises linearly to its peak; may be a fraction of one.

    The decay's own, or what is ``asked`` for where that is more, but no more than half of the horizon.
    """
    own = 0.0 if decay in {"constant", "step", "plateau"} else min(1.0, WARMUP * horizon)
    return max(own, min(asked, LONGEST_WARMUP * horizon))


def step_epochs(horizon: int) -> int:
    """Epochs between two drops of ``step``: 8, or a third of a horizon too short to hold three such."""
    return STEP_EPOCHS if horizon >= 3 * STEP_EPOCHS else math.ceil(horizon / 3)


def factors(decay: Decay, elapsed: Factors, horizon: int, warmup: float | None = None) -> Factors:
    """The share ``f(t)`` of the peak rate for each ``t`` in ``elapsed`` (any shape), warm-up aside.

    ``warmup``: w, where it is not the decay's own.

    With ``x = (t - w) / (T - w)``, the share of the way from warm-up to horizon, held within 0 to 1:

    - constant, plateau: ``f = 1``
    - step: ``f = 0.1 ^ floor(t / P)``, where ``P`` is ``step_epochs(T)``
    - exponential: ``f = 0.01 ^ x``
    - linear: ``f = 1 - x`` (Bergsma et al. 2025, arXiv 2502.15938)
    - cosine: ``f = (1 + cos(pi x)) / 2`` (Loshchilov and Hutter 2017, arXiv 1608.03983, eq. 5)
    - wsd: ``f = 1 - sqrt(y)``, where ``y = (t - 0.8 T) / (0.2 T)`` held within 0 to 1 (Hägele et al.)

    Beyond the horizon (``t >= T``) the last value stays.
    """
    if decay in UNPLANNED:
        return np.ones_like(elapsed)
    if decay == "step":
        return np.asarray(STEP_FACTOR ** np.floor(elapsed / step_epochs(horizon)))
    if decay == "wsd":
        return np.asarray(1 - np.sqrt(_share(elapsed, (1 - COOLDOWN) * horizon, horizon)))
    shape: Callable[[Factors], Factors] = {
        "exponential": lambda x: EXPONENTIAL_END**x,
        "linear": lambda x: 1 - x,
        "cosine": lambda x: (1 + np.cos(np.pi * x)) / 2,
    }[decay]
    start = warmup_epochs(decay, horizon) if warmup is None else warmup
    return shape(_share(elapsed, start, horizon))


def decay_begins(decay: Decay, horizon: int, warmup: float = 0.0, patience: int = PLATEAU_PATIENCE) -> int:
    """The epoch (from 1) from whose end on early stopping may fire under a planned decay.

    It is the first epoch that ends with the rate at half its peak or lower: before that, a plateau
    says nothing about where the decay leads. 1 for ``constant``, which plans none; for ``plateau`` the
    first that can be trained at a lower rate: one that sets a loss, ``patience`` + 1 that do not better
    it, and one more. ``warmup``: epochs of it, as asked for.
    """
    if decay == "constant":
        return min(horizon, max(1, math.ceil(warmup_epochs(decay, horizon, warmup))))
    if decay == "plateau":
        return min(horizon, patience + 3)
    if decay == "step":
        return min(horizon, step_epochs(horizon) + 1)
    half = {
        "exponential": math.log(0.5) / math.log(EXPONENTIAL_END),
        "linear": 0.5,
        "cosine": 0.5,
        "wsd": 1 - COOLDOWN * 0.75,  # 1 - sqrt(y) = 1/2 at y = 1/4
    }[decay]
    start = 0.0 if decay == "wsd" else warmup_epochs(decay, horizon, warmup)
    return min(horizon, max(1, math.ceil(start + half * (horizon - start) - 1e-9)))


def _share(elapsed: Factors, start: float, end: float) -> Factors:
    return np.clip((elapsed - start) / (end - start), 0.0, 1.0)
