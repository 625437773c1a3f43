"""Arrays of three and more dimensions: sequences or images, by one rule.

The model decides where it can: ``mlp`` flattens, a recurrent model takes three dimensions for
(sequences, steps, numbers), ``cnn`` for (images, height, width). Where it is left open, three
dimensions of bytes (uint8) without lengths are images, and other three are sequences. Four dimensions
are always (images, height, width, channels).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curvewise.data.memory import target_series
from curvewise.data.sets import ImageSet, SequenceSet
from curvewise.data.splits import Rows
from curvewise.errors import DataError, UsageError
from curvewise.records.model import Family

MOST_CHANNELS = 4
"""Grey, colour, and colour with transparency; a last dimension beyond that is no channel (our choice)."""
LARGEST = 1e30
"""Numbers beyond it are refused: float32 ends at 3e38, and standardising divides by what may be small."""


@dataclass(frozen=True, eq=False)
class Loose:
    """Arrays that belong together, before it is known what they are of."""

    values: NDArray[Any] | tuple[NDArray[Any], ...]
    """(N, ...) or N arrays (T_i, D)."""
    targets: object | None
    lengths: NDArray[Any] | None
    source: str
    given: dict[str, Rows] | None = None
    steps_last: bool = False
    """True where three dimensions are (sequences, numbers, steps)."""


def set_of(loose: Loose, family: Family | None) -> SequenceSet | ImageSet:
    """Sequences or images, by the rule above.

    Raises UsageError where ``family`` reads neither, DataError where a value, length or target cannot be
    used.
    """
    targets = None if loose.targets is None else target_series(loose.targets)
    count = len(loose.values)
    if targets is not None and len(targets) != count:
        raise DataError(
            f"X has {count} rows but y has {len(targets)} in {loose.source}. Give one target for each row."
        )
    if count == 0:
        raise DataError(f"{loose.source} has no rows. Give data with at least a few.")
    if isinstance(loose.values, np.ndarray) and 0 in loose.values.shape:
        raise DataError(
            f"X of {loose.source} has shape {loose.values.shape}, which holds no values: every dimension "
            "must be at least 1."
        )
    if _are_images(loose, family):
        assert isinstance(loose.values, np.ndarray)
        pixels, note = _pixels(loose.values, loose.source)
        return ImageSet(pixels, targets, loose.source, loose.given, (note, *_kept(loose)))
    steps = _ragged(loose) if isinstance(loose.values, np.ndarray) else loose.values
    _check_steps(steps, loose.source)
    notes = (_sequence_note(steps, loose), *_kept(loose))
    return SequenceSet(steps, targets, loose.source, loose.given, notes)


def _are_images(loose: Loose, family: Family | None) -> bool:
    values = loose.values
    if isinstance(values, tuple) or loose.lengths is not None:
        if family == "convolutional":
            raise UsageError(
                f"--model cnn reads images, and {loose.source} holds sequences: try --model rnn."
            )
        return False
    if values.ndim > 4:
        raise UsageError(
            f"X of {loose.source} has {values.ndim} dimensions: 3 are sequences or images, 4 images with "
            "channels; --model mlp flattens whatever there is."
        )
    if values.ndim == 4:
        if family == "recurrent":
            raise UsageError(
                f"X of {loose.source} has 4 dimensions, which are images; a recurrent model reads sequences, "
                "(sequences, steps, numbers). Try --model cnn."
            )
        return True
    return family == "convolutional" or (family is None and values.dtype == np.uint8)


def _kept(loose: Loose) -> tuple[str, ...]:
    if loose.given is None:
        return ()
    return (f"The file's own split is kept: {', '.join(loose.given)}.",)


def _pixels(values: NDArray[Any], source: str) -> tuple[NDArray[Any], str]:
    """(N, height, width, channels) and how it was read."""
    if values.dtype.kind not in "biuf":
        raise DataError(f"X of {source} holds values of type {values.dtype}; images are numbers.")
    pixels = values if values.ndim == 4 else values[..., None]
    if pixels.shape[3] > MOST_CHANNELS:
        first = "; they seem to come first, so transpose: X.transpose(0, 2, 3, 1)"
        raise DataError(
            f"X of {source} has shape {values.shape}: images are (images, height, width, channels) with at "
            f"most {MOST_CHANNELS} channels" + (first if pixels.shape[1] <= MOST_CHANNELS else "") + "."
        )
    if (wrong := _beyond(pixels)).any():
        image, line, column, channel = (int(place) for place in np.argwhere(wrong)[0])
        raise DataError(
            f"Image {image + 1} of {source} holds {pixels[image, line, column, channel]} at line {line + 1}, "
            f"column {column + 1}, which is no number to learn from. Mend or drop it."
        )
    size = f"{pixels.shape[1]} x {pixels.shape[2]}"
    channels = "one channel" if pixels.shape[3] == 1 else f"{pixels.shape[3]} channels"
    return pixels, f"Read as {len(pixels):,} images of {size}, {channels}."


def _ragged(loose: Loose) -> tuple[NDArray[Any], ...]:
    """Each sequence's own steps: by the lengths given, else without the steps of NaN at its end."""
    values, source = loose.values, loose.source
    assert isinstance(values, np.ndarray)
    if values.dtype.kind not in "biuf":
        raise DataError(f"X of {source} holds values of type {values.dtype}; steps hold numbers.")
    if loose.steps_last:
        values = values.swapaxes(1, 2)
    if loose.lengths is not None:
        lengths = _lengths(loose.lengths, values, source)
    elif values.dtype.kind == "f":
        present = ~np.isnan(values).all(axis=2)
        lengths = np.where(present.any(axis=1), values.shape[1] - present[:, ::-1].argmax(axis=1), 0)
    else:
        lengths = np.full(len(values), values.shape[1])
    return tuple(values[i, :length] for i, length in enumerate(lengths))


def _lengths(lengths: NDArray[Any], values: NDArray[Any], source: str) -> NDArray[np.int64]:
    if lengths.shape != (len(values),) or lengths.dtype.kind not in "iu":
        raise DataError(
            f"lengths of {source} has shape {lengths.shape} and type {lengths.dtype}; it must hold one whole "
            f"number for each of the {len(values)} sequences."
        )
    wrong = (lengths < 1) | (lengths > values.shape[1])
    if wrong.any():
        row = int(wrong.argmax())
        raise DataError(
            f"Sequence {row + 1} of {source} has length {lengths[row]}; lengths are 1 to {values.shape[1]}, "
            "the steps that X has. Correct it or leave the sequence out."
        )
    return lengths.astype(np.int64)


def _beyond(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Where ``values`` are not finite, or too large for float32 once they are standardised."""
    wrong: NDArray[np.bool_] = ~np.isfinite(values)
    return wrong | (np.abs(values) > LARGEST) if values.dtype.kind == "f" else wrong


def _check_steps(steps: tuple[NDArray[Any], ...], source: str) -> None:
    for i, values in enumerate(steps):
        if values.ndim != 2 or values.shape[1] != steps[0].shape[1] or not values.shape[1]:
            raise DataError(
                f"Sequence {i + 1} of {source} has shape {values.shape}, the first {steps[0].shape}: each is "
                "(steps, numbers), with equally many numbers in every step."
            )
        if len(values) == 0:
            raise DataError(f"Sequence {i + 1} of {source} has no steps. Leave it out.")
        if (wrong := _beyond(values)).any():
            step, number = (int(place) for place in np.argwhere(wrong)[0])
            raise DataError(
                f"Sequence {i + 1} of {source} holds {values[step, number]} at step {step + 1}, number "
                f"{number + 1}, which is no number to learn from. Fill it in; only whole steps of NaN at the "
                "end count as padding."
            )


def _sequence_note(steps: tuple[NDArray[Any], ...], loose: Loose) -> str:
    sizes = [len(values) for values in steps]
    span = f"{min(sizes)} to {max(sizes)}" if min(sizes) < max(sizes) else f"{sizes[0]}"
    order = ", from arrays of (sequences, numbers, steps)" if loose.steps_last else ""
    return f"Read as {len(steps):,} sequences of {span} steps of {steps[0].shape[1]} numbers{order}."
