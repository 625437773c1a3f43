"""Where values stand: in epochs or in steps, one unit for all series of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curvewise.curves.run import Quantity, Series, Unit
from curvewise.logs.meanings import axis
from curvewise.logs.track import Track

Floats = NDArray[np.floating[Any]]

DISTINCT = 0.9
"""Share of values with an epoch of their own from which epochs say where a value stands."""
EPOCHS = 2.0
"""Epochs that a run must span to be told in them where steps are known: shares of one epoch mean nothing."""
REGULAR = 0.02
"""Share of an epoch by which ends of epochs may lie off a regular number of steps."""


@dataclass(frozen=True)
class Placed:
    """Series at places of one unit, and what was guessed."""

    unit: Unit
    series: dict[Quantity, Series]
    notes: list[str]


def known_epochs(tracks: Sequence[Track]) -> list[Track]:
    """The tracks that are not epochs themselves, those that have only steps with the epochs recorded by step.

    Lightning and Transformers log ``epoch`` to TensorBoard beside everything else: whole epochs hold until
    the next is logged, fractions are interpolated.
    """
    told = [track for track in tracks if axis(track.name) == "epoch" and not np.isnan(track.steps).any()]
    rest = [track for track in tracks if axis(track.name) is None]
    if not told or not len(told[0].values) or not np.isfinite(told[0].values).all():
        return rest
    steps, epochs = told[0].steps, told[0].values
    whole = bool((epochs == np.round(epochs)).all())
    found = []
    for track in rest:
        if np.isnan(track.epochs).all() and not np.isnan(track.steps).any() and len(track.steps):
            if whole:
                index = np.clip(np.searchsorted(steps, track.steps, side="right") - 1, 0, len(steps) - 1)
                track = replace(track, epochs=epochs[index])  # noqa: PLW2901
            else:
                track = replace(track, epochs=np.interp(track.steps, steps, epochs))  # noqa: PLW2901
        found.append(track)
    return found


def place(picked: Mapping[Quantity, Track], curves: Mapping[Quantity, Track]) -> Placed:
    """All tracks in the unit that the losses and errors (``curves``) share; others are left out."""
    tracks = list(curves.values())
    steps, epochs = all(_has_steps(t) for t in tracks), all(_has_epochs(t) for t in tracks)
    if epochs and all(_fine(t) for t in tracks) and not (steps and _span(tracks) < EPOCHS):
        return _in_unit(picked, "epoch", {})
    if epochs and steps and (rule := _steps_per_epoch(curves)) is not None and _span(tracks) >= 1:
        per_epoch, shift = rule
        at: dict[Quantity, Floats] = {
            q: (t.steps - shift) / per_epoch for q, t in picked.items() if _has_steps(t)
        }
        note = f"places are epochs passed, {per_epoch:,.6g} steps each"
        return _in_unit({q: picked[q] for q in at}, "epoch", at, [note])
    if steps and _are_epochs(curves):
        at = {q: t.steps for q, t in picked.items() if _has_steps(t)}
        note = "steps one apart, each with a validation, were read as epochs"
        return _in_unit(picked, "epoch", at, [note])
    if steps:
        return _in_unit(picked, "step", {})
    if epochs:
        shift = 1.0 if min(float(t.epochs.min(initial=1.0)) for t in tracks) == 0 else 0.0
        at = {q: _spread(t) + shift for q, t in picked.items() if _has_epochs(t)}
        note = "several values of one epoch were spread evenly over it; places are epochs passed"
        return _in_unit(picked, "epoch", at, [note])
    return _unlike(picked, curves)


def _unlike(picked: Mapping[Quantity, Track], curves: Mapping[Quantity, Track]) -> Placed:
    """Where some have steps and others epochs, the validation's unit; where none has any, their numbers."""
    known = {q: t for q, t in curves.items() if _has_steps(t) or _has_epochs(t)}
    if known:
        first = next(iter(known.values()))
        has = _has_epochs if _has_epochs(first) else _has_steps
        kept = {q: t for q, t in picked.items() if has(t)}
        found = place(kept, {q: t for q, t in kept.items() if q in curves})
        lost = [q.replace("_", " ") for q in curves if q not in kept]
        note = f"left out, since it does not stand at {found.unit}s as the rest does: {', '.join(lost)}"
        return replace(found, notes=[*found.notes, note])
    counts = {track.count for track in curves.values()}
    paired = len(counts) == 1 and len(curves) > 1 and any(q.startswith("valid") for q in curves)
    unit: Unit = "epoch" if paired else "step"
    at = {q: track.numbers + 1.0 for q, track in picked.items()}
    return _in_unit(
        picked, unit, at, [f"no column says where the values stand: rows were counted as {unit}s"]
    )


def _in_unit(
    picked: Mapping[Quantity, Track], unit: Unit, at: Mapping[Quantity, Floats], notes: Sequence[str] = ()
) -> Placed:
    series: dict[Quantity, Series] = {}
    doubled = 0
    for quantity, track in picked.items():
        places = at.get(quantity, track.epochs if unit == "epoch" else track.steps)
        if np.isnan(places).any():
            continue
        order = np.argsort(places, kind="stable")
        places, values = places[order], track.values[order]
        last = np.append(np.diff(places) > 0, True) if len(places) else np.zeros(0, bool)
        doubled += int((~last).sum())
        series[quantity] = Series(np.asarray(places[last], np.float64), values[last])
    told = [*notes]
    if doubled:
        told.append(f"of {doubled:,} values recorded at a place that has a later one, the later counts")
    return Placed(unit, series, told)


def _has_steps(track: Track) -> bool:
    return not np.isnan(track.steps).any()


def _has_epochs(track: Track) -> bool:
    return not np.isnan(track.epochs).any()


def _are_epochs(curves: Mapping[Quantity, Track]) -> bool:
    """Whether steps must be epochs: nobody validates after every single update of the weights."""
    losses = [curves[q] for q in ("train_loss", "valid_loss") if q in curves]
    errors = [curves[q] for q in ("train_error", "valid_error") if q in curves]
    pairs = [pair for pair in (losses, errors) if len(pair) == 2]
    return bool(pairs) and all(
        len(a.steps) > 1 and np.array_equal(a.steps, b.steps) and bool((np.diff(a.steps) == 1).all())
        for a, b in pairs
    )


def _fine(track: Track) -> bool:
    """Whether epochs tell the values apart, in order."""
    ascending = bool((np.diff(track.epochs) >= 0).all())
    return ascending and _distinct(track.epochs) >= DISTINCT * len(track.epochs)


def _distinct(ascending: Floats) -> int:
    """How many different ones there are (``np.unique`` would load much of numpy)."""
    return int((np.diff(ascending) > 0).sum()) + 1


def _span(tracks: Sequence[Track]) -> float:
    known = [track.epochs for track in tracks if len(track.epochs)]
    return max((float(e.max() - e.min()) for e in known), default=0.0)


def _steps_per_epoch(curves: Mapping[Quantity, Track]) -> tuple[float, float] | None:
    """How many steps an epoch has, and the step before the first epoch's first; None where that varies.

    Read off the last step of each epoch, of the validation where there is one. Places are then epochs passed:
    the end of the epoch that a log calls 0 (or 1, where it counts from 1) is at 1.
    """
    track = next((t for q, t in curves.items() if q.startswith("valid")), next(iter(curves.values())))
    order = np.argsort(track.epochs, kind="stable")
    epochs, ends = track.epochs[order], track.steps[order]
    last = np.append(np.diff(epochs) > 0, True)
    epochs, ends = epochs[last], ends[last]
    if next(iter(curves)).startswith("train"):
        epochs, ends = epochs[:-1], ends[:-1]  # the last epoch may not be over
    if len(epochs) < 2 or (epochs != np.round(epochs)).any():
        return None
    per_epoch = float(np.median(np.diff(ends) / np.diff(epochs)))
    if not per_epoch >= 1:
        return None
    expected = ends[0] + per_epoch * (epochs - epochs[0])
    if (np.abs(ends - expected) > REGULAR * per_epoch + 1).any():
        return None
    passed = 1.0 if epochs[0] == 0 else float(epochs[0])
    return per_epoch, float(ends[0] - passed * per_epoch)


def _spread(track: Track) -> Floats:
    """Places of values that share whole epochs: the i-th of n in epoch e stands at e - 1 + i/n."""
    order = np.argsort(track.epochs, kind="stable")
    epochs, numbers = track.epochs[order], np.sort(track.numbers)
    starts = np.flatnonzero(np.append(True, np.diff(epochs) > 0))
    group = np.cumsum(np.append(False, np.diff(epochs) > 0))
    ends = np.append(numbers[starts[1:]], numbers[-1] + 1)
    count = (ends - numbers[starts])[group]
    places = np.empty_like(epochs)
    places[order] = epochs - 1 + (numbers - numbers[starts][group] + 1) / count
    return places
