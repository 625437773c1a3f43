"""Examples that lie on the device, copied there once."""

from __future__ import annotations

import weakref

from curvewise.cohort.stacked.minibatch import DeviceExamples
from curvewise.cohort.stacked.placed_columns import PlacedColumns
from curvewise.cohort.stacked.placed_images import PlacedImages
from curvewise.cohort.stacked.placed_pairs import PlacedPairs
from curvewise.data.examples import Examples
from curvewise.data.images import Images
from curvewise.data.pairs import Pairs

_placed: dict[int, tuple[weakref.ref[Examples], DeviceExamples]] = {}


def place(examples: Examples) -> DeviceExamples:
    """``examples`` on the device: copied at the first call, kept for as long as they live."""
    found = _placed.get(id(examples))
    if found is None or found[0]() is not examples:
        key = id(examples)
        found = (weakref.ref(examples, lambda _: _placed.pop(key, None)), copied(examples))
        _placed[key] = found
    return found[1]


def copied(examples: Examples) -> DeviceExamples:
    """A new copy of ``examples`` on the device."""
    match examples:
        case Images():
            return PlacedImages(examples)
        case Pairs():
            return PlacedPairs(examples)
        case _:
            return PlacedColumns(examples)
