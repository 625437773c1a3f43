"""Learning from some of the rows only, for a quick look at large data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from curvewise.data.opening import AnySet
from curvewise.data.sets import ImageSet, SequenceSet
from curvewise.data.splits import Rows, some_rows
from curvewise.data.table import Table


def fewer(found: AnySet, most: int | None, seed: int) -> AnySet:
    """At most ``most`` rows, drawn by ``seed``; of data with a split of their own, of the training rows.

    None leaves all.
    """
    pool = _pool(found)
    which = "rows" if found.given is None else "training rows"
    if most is None or most == len(pool):
        return found
    if most > len(pool):
        note = f"Used: all {len(pool):,} {which}; --rows {most} asks for more than there are."
        return replace(found, notes=(*found.notes, note))
    kept = pool[some_rows(len(pool), most, seed)]
    note = f"Used: {most:,} of {len(pool):,} {which}, drawn by the seed (--rows)."
    if found.given is None:
        return _taken(found, kept, None, note)
    others = {name: part for name, part in found.given.items() if name != "train"}
    order = np.concatenate([kept, *others.values()])
    ends = np.cumsum([0, len(kept), *(len(part) for part in others.values())])
    given = {name: np.arange(ends[i], ends[i + 1]) for i, name in enumerate(("train", *others))}
    return _taken(found, order, given, note)


def learnable(found: AnySet) -> int:
    """Rows that ``fewer`` draws from: all, or the training rows of data with a split of their own."""
    return len(_pool(found))


def _pool(found: AnySet) -> Rows:
    return np.arange(_count(found)) if found.given is None else found.given["train"]


def _count(found: AnySet) -> int:
    return found.frame.height if isinstance(found, Table) else found.rows


def _taken(found: AnySet, rows: Rows, given: dict[str, Rows] | None, note: str) -> AnySet:
    notes = (*found.notes, note)
    match found:
        case Table():
            lines = None if found.lines is None else found.lines[rows]
            return replace(found, frame=found.frame[rows], lines=lines, given=given, notes=notes)
        case SequenceSet():
            steps = tuple(found.steps[row] for row in rows)
            targets = None if found.targets is None else found.targets[rows]
            return replace(found, steps=steps, targets=targets, given=given, notes=notes)
        case ImageSet():
            targets = None if found.targets is None else found.targets[rows]
            return replace(found, pixels=found.pixels[rows], targets=targets, given=given, notes=notes)
