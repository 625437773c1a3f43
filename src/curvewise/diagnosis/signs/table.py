"""All signs in order of cause: which are faults, which explain which, which are told while a run goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from curvewise.curves.features import Features
from curvewise.diagnosis.signs.capacity import over_regularised, underfitting
from curvewise.diagnosis.signs.divergence import non_finite, rising, shot_up, spiky
from curvewise.diagnosis.signs.gradients import dead_units, exploding, vanishing
from curvewise.diagnosis.signs.learning_rate import bouncing, restless, slow
from curvewise.diagnosis.signs.length import stopped_early, too_long
from curvewise.diagnosis.signs.minibatch import noisy, too_large
from curvewise.diagnosis.signs.no_learning import at_chance, bad_start, constant_answer, flat, no_better
from curvewise.diagnosis.signs.overfitting import by_heart, overfitting
from curvewise.diagnosis.signs.schedule import chance_until_decay, cut_off, decayed_early
from curvewise.diagnosis.signs.starts import lost_start, slow_start
from curvewise.diagnosis.signs.steps import few_steps, hardly_begun, hardly_moved
from curvewise.diagnosis.signs.validation import jump, suspicious_split, too_small
from curvewise.records import Finding

AT_END = 1 << 62
"""Points from which on a sign that needs the whole run is told of a run that goes on: never."""


@dataclass(frozen=True)
class Sign:
    """One sign: how it is read, and what it means for others."""

    read: Callable[[Features], Finding | None]
    fault: bool = True
    """False for advice, which leaves a run healthy."""
    explains: frozenset[str] = frozenset()
    """Names of signs that are not told beside it: they follow from it."""
    live_from: int = AT_END
    """Points of the longest loss from which on it is told of a run that goes on."""


_STUCK = frozenset(
    {"not learning", "constant answer", "dead units", "underfitting", "oscillating on a plateau"}
)
_SLOW = frozenset(
    {
        "too slow",
        "slow start",
        "few steps",
        "stopped by its schedule",
        "could train longer",
        "decayed too early",
        "hardly moved",
        "lost start",
    }
)
_HEART = frozenset({"learned by heart", "overfitting"})
_LENGTH = frozenset({"could train longer", "could be shorter"})
_ALL = _STUCK | _SLOW | _HEART | _LENGTH | {"bad start", "over-regularised", "exploding gradient"}
_NOISE = frozenset({"spikes", "noise dominates", "validation set too small"})

SIGNS: tuple[Sign, ...] = (
    Sign(non_finite, explains=_ALL | {"diverging", "vanishing gradient"} | _NOISE, live_from=1),
    Sign(rising, explains=_ALL | _NOISE, live_from=12),
    Sign(vanishing, explains=_STUCK | _SLOW, live_from=40),
    Sign(at_chance, explains=_STUCK | _SLOW | _LENGTH | {"bad start"}, live_from=40),
    Sign(constant_answer, explains=_STUCK | _SLOW | _LENGTH | {"bad start"}, live_from=40),
    Sign(bad_start, explains=_STUCK | _SLOW | _LENGTH | _NOISE, live_from=12),
    Sign(shot_up, explains=_STUCK | _SLOW | _LENGTH | _NOISE),
    Sign(dead_units, explains=_STUCK | _SLOW, live_from=40),
    Sign(over_regularised, explains=_STUCK | _SLOW),
    Sign(chance_until_decay, explains=_STUCK | _SLOW | _LENGTH, live_from=20),
    Sign(underfitting, explains=_STUCK | _SLOW | _LENGTH),
    Sign(bouncing, explains=_SLOW | _LENGTH | _NOISE, live_from=40),
    Sign(restless, explains=_NOISE),
    Sign(exploding, live_from=40),
    Sign(decayed_early, explains=_SLOW | _LENGTH, live_from=20),
    Sign(flat, explains=_SLOW | _LENGTH | _NOISE, live_from=80),
    Sign(no_better, explains=_SLOW | _LENGTH | _NOISE, live_from=80),
    Sign(few_steps, explains=_SLOW | _LENGTH | _NOISE),
    Sign(slow, explains=_SLOW | _LENGTH | _NOISE),
    Sign(slow_start, explains=_SLOW | _LENGTH | _NOISE),
    Sign(lost_start, explains=_SLOW | _LENGTH),
    Sign(hardly_begun, explains=_SLOW | _LENGTH | _NOISE),
    Sign(cut_off, explains=_LENGTH | {"hardly moved"}),
    Sign(hardly_moved, explains=_LENGTH),
    Sign(by_heart, explains=_HEART | _LENGTH, live_from=12),
    Sign(overfitting, explains=_LENGTH, live_from=12),
    Sign(suspicious_split),
    Sign(jump, fault=False),
    Sign(spiky, fault=False, live_from=40),
    Sign(too_large, fault=False, live_from=12),
    Sign(too_small, fault=False),
    Sign(noisy, fault=False),
    Sign(stopped_early, fault=False),
    Sign(too_long, fault=False),
)


def live(points: int) -> tuple[Sign, ...]:
    """Signs that are told of a run that goes on, at so many points of its longest curve."""
    return tuple(sign for sign in SIGNS if points >= sign.live_from)


def told(features: Features, signs: tuple[Sign, ...] = SIGNS) -> list[tuple[Sign, Finding]]:
    """What is seen, in order of cause, without what another finding explains."""
    seen = [(sign, found) for sign in signs if (found := sign.read(features)) is not None]
    kept: list[tuple[Sign, Finding]] = []
    for sign, found in seen:
        if not any(found.sign in earlier.explains for earlier, _ in kept):
            kept.append((sign, found))
    return kept
